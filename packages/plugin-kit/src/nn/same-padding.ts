/**
 * TensorFlow's SAME padding along one axis, [before, after]: the output has ceil(size / stride) positions, and of an odd
 * number of zeros the one left over comes after. PyTorch's symmetric padding differs wherever the stride is above 1.
 */
export function samePadding(size: number, kernel: number, stride: number, dilation = 1): [number, number] {
  const covered = (Math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1;
  const total = Math.max(0, covered - size);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
