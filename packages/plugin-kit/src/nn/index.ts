import "./comparison-gradients.ts";
import "./second-order-convolution.ts";

export { attend, type AttentionOptions, mergeHeads, selfAttention, splitHeads } from "./attention.ts";
export { batchNorm, type BatchNormOptions, frozenBatchNorm, type NormLayer, type NormMode } from "./batch-norm.ts";
export { conv2d, type Conv2dOptions, type Padding } from "./conv2d.ts";
export { convTranspose2d, type ConvTranspose2dOptions } from "./conv-transpose2d.ts";
export { depthwiseConv2d, type DepthwiseConv2dOptions } from "./depthwise-conv2d.ts";
export { dropPath, dropPathFactors } from "./drop-path.ts";
export { gelu } from "./gelu.ts";
export { type Gradients, gradients, slope } from "./gradients.ts";
export {
  glorotUniform,
  type Initializer,
  kaimingNormal,
  kaimingUniform,
  normal,
  ones,
  truncatedNormal,
  zeros,
} from "./initializers.ts";
export { instanceNorm, trackedInstanceNorm } from "./instance-norm.ts";
export type { Layer } from "./layer.ts";
export { layerNorm } from "./layer-norm.ts";
export { toNchw, toNhwc } from "./layout.ts";
export { leakyRelu } from "./leaky-relu.ts";
export { linear, type LinearOptions } from "./linear.ts";
export { meanAbsoluteError, meanSquaredError, smoothLabels, softTargetCrossEntropy } from "./losses.ts";
export { type MirrorSides, reflectPad, symmetricPad } from "./mirror-pad.ts";
export { mlp } from "./mlp.ts";
export * from "./optimizers/index.ts";
export { patchEmbed } from "./patch-embed.ts";
export { avgPool2d, maxPool2d, type Pool2dOptions } from "./pool2d.ts";
export { dropout, randomUniform } from "./random-uniform.ts";
export { resizeBilinear, type ResizeConvention, upsampleNearest } from "./resize.ts";
