import { tf } from "../tf.ts";
import { mapAxis, sparseMap, type SparseMap } from "./axis-map.ts";

/**
 * Where output pixel i reads: `half-pixel`: (i + 0.5) in / out - 0.5 (PyTorch's align_corners=False, TensorFlow 2);
 * `legacy`: i in / out (TensorFlow 1's resize_bilinear). No antialiasing in either.
 */
export type ResizeConvention = "half-pixel" | "legacy";

/** Bilinear resize of NHWC images to [height, width], edges repeated; exact, with every derivative. */
export function resizeBilinear(
  x: tf.Tensor,
  [height, width]: readonly [number, number],
  convention: ResizeConvention,
): tf.Tensor {
  const rows = mapAxis(x, 1, bilinear(x.shape[1]!, height, convention));
  return mapAxis(rows, 2, bilinear(x.shape[2]!, width, convention));
}

/** Repeats every pixel of NHWC images `factor` times in both directions. */
export function upsampleNearest(x: tf.Tensor, factor: number): tf.Tensor {
  if (factor === 1) return x;
  const [height, width] = [x.shape[1]! * factor, x.shape[2]! * factor];
  const run = tf.customGrad((...args) => {
    const [image] = args as [tf.Tensor];
    const repeated = (size: number) =>
      tf.tensor1d(
        Array.from({ length: size }, (_, i) => Math.floor(i / factor)),
        "int32",
      );
    return {
      value: tf.gather(tf.gather(image, repeated(height), 1), repeated(width), 2),
      // The sum over each pixel's copies.
      gradFunc: (dy) => tf.mul(tf.avgPool(dy as tf.Tensor4D, factor, factor, 0), factor * factor),
    };
  });
  return run(x);
}

function bilinear(from: number, to: number, convention: ResizeConvention): SparseMap {
  const rows = Array.from({ length: to }, (_, index): [number, number][] => {
    const at = convention === "legacy" ? (index * from) / to : Math.max(0, ((index + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(at), from - 1);
    const share = at - low;
    if (share === 0 || low === from - 1) return [[low, 1]];
    return [
      [low, 1 - share],
      [low + 1, share],
    ];
  });
  return sparseMap(from, rows);
}
