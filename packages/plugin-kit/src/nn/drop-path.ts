import type { Random } from "../random.ts";
import { tf } from "../tf.ts";

/**
 * Stochastic depth (Huang et al., arXiv 1603.09382): scales each sample's residual branch x [B, ...] by `factors` [B],
 * which are 0 (branch dropped) or 1 / (1 - rate). The draw is an input, so that a step stays a pure function;
 * without factors, as in inference, x stays as it is.
 */
export function dropPath(x: tf.Tensor, factors?: tf.Tensor): tf.Tensor {
  if (!factors) return x;
  return tf.mul(x, tf.reshape(factors, [-1, ...x.shape.slice(1).map(() => 1)]));
}

/** Draws the factors of one branch for a batch. */
export function dropPathFactors(batch: number, rate: number, random: Random): Float32Array {
  return Float32Array.from({ length: batch }, () => (random.uniform() < rate ? 0 : 1 / (1 - rate)));
}
