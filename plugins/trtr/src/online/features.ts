import { tf } from "@epochmark/plugin-kit";
import { cellsOf, type TrTrConfig } from "../config.ts";

/** Cells a side of the maps that the online part looks at. */
export const onlineCells = ({ search, online }: TrTrConfig): number => online.cells ?? halfOf(search);

/** Half of the heatmap's cells for a search image of this side. */
export const halfOf = (search: number): number => Math.floor(cellsOf(search) / 2);

/**
 * PyTorch's adaptive average along one axis as a matrix [to, from]: row i is the mean of the cells from ⌊i from / to⌋ up to,
 * and without, ⌈(i + 1) from / to⌉.
 */
export function adaptiveAverage(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let cell = 0; cell < to; cell++) {
    const [start, end] = [Math.floor((cell * from) / to), Math.ceil(((cell + 1) * from) / to)];
    matrix.fill(1 / (end - start), cell * from + start, cell * from + end);
  }
  return matrix;
}

/**
 * A backbone's map [B, h, h, C] averaged to fewer cells, and divided by its root mean square over everything (per image).
 * Without `average` [cells, h] to half its side: PyTorch's adaptive average to ⌊h / 2⌋ is a window of 2, or 3 where h is
 * odd, that moves by 2. Other sides have windows of unlike lengths.
 */
export function onlineFeatures(map: tf.Tensor, average?: tf.Tensor): tf.Tensor {
  const pooled = average ? averaged(map, average) : halved(map as tf.Tensor4D);
  return tf.div(pooled, tf.sqrt(tf.add(tf.mean(tf.square(pooled), [1, 2, 3], true), 1e-10)));
}

function halved(map: tf.Tensor4D): tf.Tensor {
  return tf.avgPool(map, 2 + (map.shape[1] % 2), 2, "valid");
}

/** Rows, then columns. */
function averaged(map: tf.Tensor, average: tf.Tensor): tf.Tensor {
  const [batch, side, , channels] = map.shape as [number, number, number, number];
  const cells = average.shape[0]!;
  const matrix = tf.expandDims(average, 0);
  const rows = tf.matMul(matrix, tf.reshape(map, [batch, side, side * channels]));
  const both = tf.matMul(matrix, tf.reshape(rows, [batch * cells, side, channels]));
  return tf.reshape(both, [batch, cells, cells, channels]);
}
