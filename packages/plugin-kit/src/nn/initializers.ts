import type { Random } from "../random.ts";

/** Fills a tensor of the given shape (PyTorch layout) from a stream of its own. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

export const zeros: Initializer = (shape) => new Float32Array(size(shape));

export const ones: Initializer = (shape) => new Float32Array(size(shape)).fill(1);

/** Normal draws, redrawn outside ±2 (absolute), as `trunc_normal_` of timm with its defaults does. */
export const truncatedNormal =
  (std: number): Initializer =>
  (shape, random) => {
    const values = random.normals(size(shape), 0, std);
    for (let i = 0; i < values.length; i++) while (Math.abs(values[i]!) > 2) values[i] = random.normal(0, std);
    return values;
  };

export const normal =
  (std: number): Initializer =>
  (shape, random) =>
    random.normals(size(shape), 0, std);

/** PyTorch's default for linear and convolution weights: uniform in ±1/sqrt(fan_in), fan_in from `shape` unless given (biases). */
export const kaimingUniform =
  (fanIn?: number): Initializer =>
  (shape, random) => {
    const bound = 1 / Math.sqrt(fanIn ?? size(shape.slice(1)));
    return random.uniforms(size(shape), -bound, bound);
  };

/** Normal draws of variance 2 / fan_out (He et al., arXiv 1502.01852), which keeps the size of gradients behind ReLU: torchvision's for VGG and ResNet. */
export const kaimingNormal: Initializer = (shape, random) => {
  const [outputs = 1, , ...kernel] = shape;
  return random.normals(size(shape), 0, Math.sqrt(2 / (outputs * size(kernel))));
};

/**
 * TensorFlow's default: uniform in ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010), both fans from `shape`
 * [outputs, inputs, ...kernel]; those of a vector are its length.
 */
export const glorotUniform: Initializer = (shape, random) => {
  const [outputs = 1, inputs = outputs, ...kernel] = shape;
  const bound = Math.sqrt(6 / ((inputs + outputs) * size(kernel)));
  return random.uniforms(size(shape), -bound, bound);
};
