import { tf } from "@epochmark/plugin-kit";
import { toNchw, toNhwc } from "@epochmark/plugin-kit/nn";

const epsilon = 2 ** -52;

/**
 * What a kernel makes of the features at its pixel: weights [B, H, W, K] (not negative) divided by their sum, features
 * [B, H, W, 3K]; colour c is Σ_k w_k f_{3k+c}. A 1x1 kernel in the space of the features.
 */
export function render(weights: tf.Tensor, features: tf.Tensor): tf.Tensor {
  const [batch, height, width, kernels] = weights.shape as [number, number, number, number];
  // Planes, because the sum runs over whole images then. The division comes last: three planes instead of K.
  const planes = tf.reshape(toNchw(features), [batch, kernels, 3, height * width]);
  const shares = tf.reshape(toNchw(weights), [batch, kernels, 1, height * width]);
  const whole = tf.add(tf.sum(shares, 1), epsilon);
  return toNhwc(tf.reshape(tf.div(mix(planes, shares), whole), [batch, 3, height, width]));
}

/**
 * Σ_k shares_k planes_k: [B, K, 3, N], [B, K, 1, N] -> [B, 3, N]. The gradient is written out: the recorded one would
 * spread the sum's over K planes first.
 */
function mix(planes: tf.Tensor, shares: tf.Tensor): tf.Tensor {
  const run = tf.customGrad((...args) => {
    const [colours, weights, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([colours, weights]);
    return {
      value: tf.sum(tf.mul(colours, weights), 1),
      gradFunc: (dy, saved) => {
        const [savedColours, savedWeights] = saved as [tf.Tensor, tf.Tensor];
        const each = tf.expandDims(dy, 1);
        return [tf.mul(each, savedWeights), tf.sum(tf.mul(each, savedColours), 2, true)];
      },
    };
  });
  return run(planes, shares);
}
