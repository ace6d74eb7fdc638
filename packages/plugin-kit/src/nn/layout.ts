import { tf } from "../tf.ts";

/** Images [B, C, H, W], as networks take and give them, to [B, H, W, C], as the layers here do. */
export function toNhwc(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 2, 3, 1]);
}

/** [B, H, W, C] to [B, C, H, W]. */
export function toNchw(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 3, 1, 2]);
}
