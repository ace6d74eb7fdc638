import { type Scope, tf } from "@epochmark/plugin-kit";
import { slope } from "@epochmark/plugin-kit/nn";

/**
 * The penalty of WGAN-GP as the official DeblurGAN code computes it: at x = share real + (1 - share) fake, one share for
 * the whole batch, the mean over images and pixels of (|dD/dx| - 1)², the length taken over the channels only (the paper of
 * Gulrajani et al., arXiv 1704.00028, takes it over the whole image). Images are NHWC and constants here.
 */
export function gradientPenalty(
  critic: (x: tf.Tensor) => tf.Tensor,
  real: tf.Tensor,
  fake: tf.Tensor,
  share: tf.Tensor,
  scope: Scope,
): tf.Tensor {
  const between = tf.add(tf.mul(real, share), tf.mul(fake, tf.sub(1, share)));
  // The root has no derivative at 0: what is added cannot be seen beside any other number.
  const length = tf.sqrt(tf.add(tf.sum(tf.square(slope(critic, between, scope)), -1), 1e-30));
  return tf.mean(tf.square(tf.sub(length, 1)));
}
