import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { ones, zeros } from "./initializers.ts";
import type { Layer } from "./layer.ts";
import { isDifferentiatedAgain } from "./second-order.ts";

/** Layer normalisation over the last axis: [..., dim] -> [..., dim]. Parameters `weight` and `bias` [dim]. */
export function layerNorm(scope: Scope, dim: number, options: { epsilon: number }): Layer {
  const weight = scope.parameter("weight", [dim], ones);
  const bias = scope.parameter("bias", [dim], zeros);
  const apply = layerNormWithGradient(options.epsilon);
  return (x) => apply(x, weight.value, bias.value);
}

/**
 * Mean first, then the variance of what is left: exact in float32 where E[x²] - E[x]² is not. Its gradient is
 * written out (Ba, Kiros and Hinton, arXiv 1607.06450, supplement), half the passes of the recorded one.
 */
const layerNormWithGradient = (epsilon: number) =>
  tf.customGrad((...args) => {
    const [x, weight, bias, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { normal, scale } = normalise(x, epsilon);
    save([x, weight, normal, scale]);
    return {
      value: tf.add(tf.mul(normal, weight), bias),
      gradFunc: (dy, saved) => {
        const [input, w, ...kept] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const again = isDifferentiatedAgain() ? normalise(input, epsilon) : { normal: kept[0], scale: kept[1] };
        const rows = dy.shape.slice(0, -1).map((_, axis) => axis);
        const byWeight = tf.mul(dy, again.normal);
        const dNormal = tf.mul(dy, w);
        const shift = tf.mean(dNormal, -1, true);
        const stretch = tf.mul(again.normal, tf.mean(tf.mul(byWeight, w), -1, true));
        const dx = tf.mul(tf.sub(tf.sub(dNormal, shift), stretch), again.scale);
        return [dx, tf.sum(byWeight, rows), tf.sum(dy, rows)];
      },
    };
  });

function normalise(x: tf.Tensor, epsilon: number): { normal: tf.Tensor; scale: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const scale = tf.rsqrt(tf.add(variance, epsilon));
  return { normal: tf.mul(centred, scale), scale };
}
