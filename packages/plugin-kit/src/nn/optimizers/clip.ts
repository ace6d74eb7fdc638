import { tf } from "../../tf.ts";
import type { Gradients } from "../gradients.ts";

/** Scales all gradients by min(1, max / (norm + 1e-6)), norm over all of them together, as PyTorch's clip_grad_norm_ does. */
export function clipByGlobalNorm(gradients: Gradients, max: number): { gradients: Gradients; norm: tf.Tensor } {
  const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const factor = tf.minimum(1, tf.div(max, tf.add(norm, 1e-6)));
  const clipped = [...gradients].map(([parameter, gradient]) => [parameter, tf.mul(gradient, factor)] as const);
  return { gradients: new Map(clipped), norm };
}
