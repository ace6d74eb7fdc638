import { tf } from "../tf.ts";
import { isDifferentiatedAgain } from "./second-order.ts";

/**
 * (x - mean) / sqrt(variance + epsilon), statistics over `axes`, the variance biased: the core of batch and instance norm.
 * Mean first, then the variance of what is left, so that no digits cancel; the gradient is written out, half the passes
 * of the recorded one.
 */
export function normalize(x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor {
  const run = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const { normal, deviation } = standardise(input, axes, epsilon);
    save([input, normal, deviation]);
    return {
      value: normal,
      gradFunc: (dy, saved) => {
        const [image, ...kept] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const again = isDifferentiatedAgain()
          ? standardise(image, axes, epsilon)
          : { normal: kept[0], deviation: kept[1] };
        const shift = tf.mean(dy, axes, true);
        const stretch = tf.mul(again.normal, tf.mean(tf.mul(dy, again.normal), axes, true));
        return tf.div(tf.sub(tf.sub(dy, shift), stretch), again.deviation);
      },
    };
  });
  return run(x);
}

/** Mean and biased variance over `axes`, which stay with length 1. */
export function statistics(x: tf.Tensor, axes: number[]): { mean: tf.Tensor; variance: tf.Tensor; centred: tf.Tensor } {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  return { mean, variance: tf.mean(tf.square(centred), axes, true), centred };
}

function standardise(x: tf.Tensor, axes: number[], epsilon: number): { normal: tf.Tensor; deviation: tf.Tensor } {
  const { centred, variance } = statistics(x, axes);
  // A quotient rounds once where a product with the reciprocal rounds twice.
  const deviation = tf.sqrt(tf.add(variance, epsilon));
  return { normal: tf.div(centred, deviation), deviation };
}
