import type { backend_util } from "@tensorflow/tfjs";

/**
 * Padding `[top, left, bottom, right]` of a convolution or a pooling in ONNX's meaning, where the number of
 * windows is rounded down: tfjs may round up, then the last window needs more padding than it says.
 */
export function padsOf(i: backend_util.Conv2DInfo): [number, number, number, number] {
  const { top, left, bottom, right } = i.padInfo;
  const end = (size: number, before: number, after: number, window: number, stride: number, out: number): number =>
    Math.floor((size + before + after - window) / stride) + 1 === out
      ? after
      : (out - 1) * stride + window - size - before;
  return [
    top,
    left,
    end(i.inHeight, top, bottom, i.effectiveFilterHeight, i.strideHeight, i.outHeight),
    end(i.inWidth, left, right, i.effectiveFilterWidth, i.strideWidth, i.outWidth),
  ];
}
