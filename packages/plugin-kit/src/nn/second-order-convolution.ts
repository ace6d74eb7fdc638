import { tf } from "../tf.ts";

interface Geometry {
  strides: [number, number] | number;
  pad: unknown;
  dilations: unknown;
  dataFormat: unknown;
  dimRoundingMode: unknown;
  /** The kernel computes the derivative of a convolution; without it: a transposed convolution of a forward pass. */
  derivative?: boolean;
}

type Images = [tf.Tensor4D, tf.Tensor4D];

function replaceGradient(config: tf.GradConfig): void {
  tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}

function run(kernel: string, inputs: tf.NamedTensorMap, geometry: Geometry, more: tf.NamedAttrMap): tf.Tensor {
  const { strides, pad, dataFormat, dimRoundingMode } = geometry;
  return tf
    .engine()
    .runKernel<tf.Tensor>(kernel, inputs, { strides, pad, dataFormat, dimRoundingMode, ...more } as tf.NamedAttrMap);
}

/**
 * The gradients of a convolution and of its input gradient as TensorFlow.js has them, but a filter's derivative of a derivative
 * (a gradient penalty's) carries the attribute `secondOrder`: its value is the same, PyTorch spends more FLOPs on it.
 */
replaceGradient({
  kernelName: "Conv2D",
  inputsToSave: ["x", "filter"],
  gradFunc: (result, saved, attributes) => {
    const [x, filter] = saved as Images;
    const geometry = attributes as unknown as Geometry;
    const dy = result as tf.Tensor;
    if (![geometry.dilations].flat().every((dilation) => dilation === 1))
      throw new Error(`tf.conv2d has no gradient where dilation is above 1: use nn's conv2d`);
    return {
      x: () => run("Conv2DBackpropInput", { dy, filter }, geometry, { inputShape: x.shape, derivative: true }),
      filter: () => run("Conv2DBackpropFilter", { x, dy }, geometry, { filterShape: filter.shape }),
    };
  },
});

replaceGradient({
  kernelName: "Conv2DBackpropInput",
  inputsToSave: ["dy", "filter"],
  gradFunc: (result, saved, attributes) => {
    const [dy, filter] = saved as Images;
    const geometry = attributes as unknown as Geometry;
    const x = result as tf.Tensor;
    const more = { filterShape: filter.shape, ...(geometry.derivative && { secondOrder: true }) };
    return {
      dy: () => run("Conv2D", { x, filter }, geometry, { dilations: [1, 1] }),
      filter: () => run("Conv2DBackpropFilter", { x, dy }, geometry, more),
    };
  },
});
