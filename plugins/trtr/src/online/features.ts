import { tf } from "@epochmark/plugin-kit";

/** Cells a side of the maps that the online part looks at. */
export const onlineCells = (heatmapCells: number): number => Math.floor(heatmapCells / 2);

/**
 * A backbone's map [B, h, h, C] averaged to half its side, and divided by its root mean square over everything
 * (per image). PyTorch's adaptive average to ⌊h / 2⌋ is a window of 2, or 3 where h is odd, that moves by 2.
 */
export function onlineFeatures(map: tf.Tensor): tf.Tensor {
  const window = 2 + (map.shape[1]! % 2);
  const pooled = tf.avgPool(map as tf.Tensor4D, window, 2, "valid");
  return tf.div(pooled, tf.sqrt(tf.add(tf.mean(tf.square(pooled), [1, 2, 3], true), 1e-10)));
}
