/**
 * What of tfjs-core's own tests is excluded, and why. A test that meets a kernel or a type on these lists is
 * excluded whether it passes or not; a test on the last list must fail. `tfjs-ops.test.ts` holds the lists to
 * that: an entry that excludes nothing any more is an error.
 */

/** Kernels without a rule, by why the project does without them. */
export const kernels: Record<string, readonly string[]> = {
  "complex numbers: a graph has none": ["Complex"],
  "strings: a graph has none": ["StaticRegexReplace", "StringNGrams", "StringSplit", "StringToHashBucketFast"],
  "sparse and ragged tensors: a graph has none": [
    "RaggedGather",
    "RaggedRange",
    "RaggedTensorToTensor",
    "SparseFillEmptyRows",
    "SparseReshape",
    "SparseSegmentMean",
    "SparseSegmentSum",
    "SparseToDense",
  ],
  "volumes: no model here has three spatial axes": ["AvgPool3D", "Conv3D", "Conv3DBackpropInputV2", "MaxPool3D"],
  "tf.fused: models write product, bias and activation apart, and passes fuse them": [
    "FusedConv2D",
    "FusedDepthwiseConv2D",
    "_FusedMatMul",
  ],
  "resampling: images are resized, cropped and turned before a step": [
    "CropAndResize",
    "FlipLeftRight",
    "ResizeBilinear",
    "ResizeNearestNeighbor",
    "Transform",
  ],
  "metrics, sampling and post-processing: run outside a step": [
    "Bincount",
    "DenseBincount",
    "Multinomial",
    "NonMaxSuppressionV3",
    "NonMaxSuppressionV4",
    "NonMaxSuppressionV5",
    "SearchSorted",
    "TopK",
    "Unique",
  ],
  "no model here uses it": [
    "Atan2",
    "BitwiseAnd",
    "BroadcastArgs",
    "Cumprod",
    "Diag",
    "Dilation2D",
    "Einsum",
    "LRN",
    "MaxPoolWithArgmax",
    "TensorScatterUpdate",
  ],
};

/** Types without a counterpart in the graph. */
export const types: Record<string, string> = {
  string: "strings: a graph has none",
};

/** Single tests, by full name, by why they cannot pass. */
export const tests: Record<string, readonly string[]> = {
  "NaN: ONNX leaves comparisons, maxima and their positions open where an element is NaN": [
    "argmax ignores NaNs",
    "argmin ignores NaNs",
    "max return NaNs",
    "min return NaNs",
    "step kernel propagates NaNs",
    "step kernel with 1d tensor and alpha",
  ],
  "one unit in the last place: the test's tolerance is below float32's spacing at that size": [
    "exp int32",
    "tan numbers exceed float32 precision",
  ],
  "tfjs's cpu backend divides by the whole window, its own forward pass only by what the window covers: compiled, the derivative is the true one":
    ["avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit"],
  "tfjs copies the input where a window of 1 gives a result of the same shape, even with stride 2 and padding: compiled, windows of nothing but padding show":
    [
      "pool avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
      "pool max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
    ],
  "indices are data: what they are is not known while a step is recorded": ["gather throws when index is out of bound"],
};

/** Rules that no published test reaches. */
export const untestedRules: Record<string, string> = {
  CounterUniform: "the project's own kernel",
};
