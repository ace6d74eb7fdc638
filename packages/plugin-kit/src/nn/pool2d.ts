import { tf } from "../tf.ts";

export interface Pool2dOptions {
  kernel: number;
  /** Default: the kernel, as in PyTorch. */
  stride?: number;
  padding?: number;
}

/**
 * Largest of each window of NHWC images; padding never wins. Output sides round down, or up with `same` padding, which is
 * TensorFlow's: what is left over of an odd number of rows comes after.
 */
export function maxPool2d(
  x: tf.Tensor,
  { kernel, stride = kernel, padding = 0 }: Omit<Pool2dOptions, "padding"> & { padding?: number | "same" },
): tf.Tensor {
  return tf.maxPool(x as tf.Tensor4D, kernel, stride, padding);
}

/** Mean of each window of NHWC images; padding does not count (PyTorch's count_include_pad=False). Output sides round down. */
export function avgPool2d(x: tf.Tensor, { kernel, stride = kernel, padding = 0 }: Pool2dOptions): tf.Tensor {
  if (padding === 0) return tf.avgPool(x as tf.Tensor4D, kernel, stride, 0);
  // TensorFlow.js's own gradient divides by the whole window where padding lies under it: pad first, then correct.
  const [rows, columns] = x.shape.slice(1, 3).map((size) => coverage(size, kernel, stride, padding));
  const padded = tf.pad(x, [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ]);
  const mean = tf.avgPool(padded as tf.Tensor4D, kernel, stride, 0);
  const factors = rows!.flatMap((row) => columns!.map((column) => 1 / (row * column)));
  return tf.mul(mean, tf.tensor(factors, [1, rows!.length, columns!.length, 1]));
}

/** The share of each window along one axis that lies in the image. */
function coverage(size: number, kernel: number, stride: number, padding: number): number[] {
  const count = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return Array.from({ length: count }, (_, index) => {
    const start = index * stride - padding;
    return (Math.min(start + kernel, size) - Math.max(start, 0)) / kernel;
  });
}
