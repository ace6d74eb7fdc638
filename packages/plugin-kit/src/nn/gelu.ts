import { tf } from "../tf.ts";
import { isDifferentiatedAgain } from "./second-order.ts";

/**
 * Gaussian error linear unit in its exact form, x Φ(x) with Φ through erf (Hendrycks and Gimpel, arXiv 1606.08415),
 * not the tanh approximation. Written with its gradient, Φ(x) + x φ(x), because Φ is then computed once.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return geluWithGradient(x);
}

const geluWithGradient = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const cdf = normalCdf(x);
  save([x, cdf]);
  return {
    value: tf.mul(x, cdf),
    gradFunc: (dy, saved) => {
      const [input, forwardCdf] = saved as [tf.Tensor, tf.Tensor];
      const density = tf.mul(tf.exp(tf.mul(tf.mul(input, input), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      const slope = tf.add(isDifferentiatedAgain() ? normalCdf(input) : forwardCdf, tf.mul(input, density));
      return tf.mul(dy, slope);
    },
  };
});

function normalCdf(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}
