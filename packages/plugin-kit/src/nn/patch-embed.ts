import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { kaimingUniform } from "./initializers.ts";
import type { Layer } from "./layer.ts";

/**
 * Cuts NCHW images into square patches and projects each: [B, channels, H, W] -> [B, (H/patch)(W/patch), dim], row-major.
 * Parameters `proj.weight` [dim, channels, patch, patch] and `proj.bias`: the convolution with kernel = stride = patch,
 * computed as the matrix product that it is. @throws when a side is no multiple of the patch
 */
export function patchEmbed(scope: Scope, dim: number, options: { patch: number; channels?: number }): Layer {
  const { patch, channels = 3 } = options;
  const length = channels * patch * patch;
  const weight = scope.parameter("proj.weight", [dim, channels, patch, patch], kaimingUniform());
  const bias = scope.parameter("proj.bias", [dim], kaimingUniform(length));
  return (images) => {
    const [batch, , height, width] = images.shape as [number, number, number, number];
    if (height % patch || width % patch)
      throw new Error(`patch embedding: ${height}x${width} cannot be cut into patches of ${patch}x${patch}`);
    const [rows, columns] = [height / patch, width / patch];
    const grid = tf.reshape(images, [batch, channels, rows, patch, columns, patch]);
    const patches = tf.reshape(tf.transpose(grid, [0, 2, 4, 1, 3, 5]), [batch * rows * columns, length]);
    const filters = tf.reshape(weight.value, [dim, length]);
    const embedded = tf.add(tf.matMul(patches as tf.Tensor2D, filters as tf.Tensor2D, false, true), bias.value);
    return tf.reshape(embedded, [batch, rows * columns, dim]);
  };
}
