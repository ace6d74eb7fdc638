import { detach, type Scope, tf } from "@epochmark/plugin-kit";
import { zeros } from "@epochmark/plugin-kit/nn";

/** Score maps that a relativistic loss compares with. */
const capacity = 50;

export interface ScorePool {
  /** Adds a map [B, H, W, 1] an image; the oldest leave. Gradients stop here. */
  add(maps: tf.Tensor): void;
  /** Mean over all elements of the maps in the pool. */
  mean(): tf.Tensor;
}

/**
 * The last 50 score maps of a discriminator, as their means: all maps have one size, so that the mean over all elements is
 * the mean of the means. State: `means` [50], newest last, and `count` of how many there are.
 */
export function scorePool(scope: Scope): ScorePool {
  const means = scope.memory("means", [capacity], zeros);
  const count = scope.memory("count", [], zeros);
  return {
    add(maps) {
      const [batch = 0] = maps.shape;
      const each = tf.mean(tf.reshape(detach(maps), [batch, -1]), 1);
      const all = tf.concat([means.value, each]);
      means.assign(tf.slice(all, [batch], [capacity]));
      count.assign(tf.minimum(tf.add(count.value, batch), capacity));
    },
    // Places that were never filled hold zero.
    mean: () => tf.div(tf.sum(means.value), count.value),
  };
}
