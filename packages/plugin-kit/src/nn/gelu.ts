import { tf } from "../tf.ts";
import { isDifferentiatedAgain } from "./second-order.ts";

/**
 * Gaussian error linear unit in its exact form, x Φ(x) with Φ through erf (Hendrycks and Gimpel, arXiv 1606.08415),
 * not the tanh approximation. Written with its gradient, Φ(x) + x φ(x), because erf is then computed once. The halves
 * stand last in both, where the compiler makes them a factor of the matrix product beside them.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return geluWithGradient(x);
}

/** ln 2 φ(0): 2 φ(x) = exp(this - x²/2). */
const logPeak = Math.log(2 / Math.sqrt(2 * Math.PI));

const geluWithGradient = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const scaled = tf.mul(x, Math.SQRT1_2);
  const twiceCdf = tf.add(tf.erf(scaled), 1);
  save([x, scaled, twiceCdf]);
  return {
    value: tf.mul(tf.mul(x, twiceCdf), 0.5),
    gradFunc: (dy, saved) => {
      const [input, ...kept] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const again = isDifferentiatedAgain();
      const root = again ? tf.mul(input, Math.SQRT1_2) : kept[0];
      const sum = again ? tf.add(tf.erf(root), 1) : kept[1];
      const twiceDensity = tf.exp(tf.sub(logPeak, tf.mul(root, root)));
      return tf.mul(tf.mul(dy, 0.5), tf.add(sum, tf.mul(input, twiceDensity)));
    },
  };
});
