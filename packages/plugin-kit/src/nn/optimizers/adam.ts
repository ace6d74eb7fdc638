import type { Scope, State } from "../../scope.ts";
import { tf } from "../../tf.ts";
import { zeros } from "../initializers.ts";
import { gradientOf, type Optimizer, shared } from "./optimizer.ts";

export interface AdamOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Factor on the learning rate of one parameter: parameter groups. Default 1. */
  learningRateScale?: (parameter: State) => number;
}

export interface AdamWOptions extends AdamOptions {
  weightDecay: number;
  /** Whether a parameter is decayed. Default: all are. */
  decay?: (parameter: State) => boolean;
}

/** Adam (Kingma and Ba, arXiv 1412.6980), epsilon outside the bias-corrected root as in PyTorch. */
export function adam(scope: Scope, parameters: State[], options: AdamOptions = {}): Optimizer {
  return adamW(scope, parameters, { ...options, weightDecay: 0 });
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101) as PyTorch defines it:
 * p ← p (1 - lr wd);  m ← b1 m + (1-b1) g;  v ← b2 v + (1-b2) g²;  p ← p - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps).
 *
 * Every operation on a whole parameter is a pass through memory, so constant factors are gathered into scalars: the slots
 * `exp_avg` and `exp_avg_sq` hold m / (1-b1) and v / (1-b2), and with c1 = (1-b1^t) / (1-b1), c2 = (1-b2^t) / (1-b2)
 * the step is p ← p (1 - lr wd) - (lr sqrt(c2) / c1) m' / (sqrt(v') + eps sqrt(c2)).
 */
export function adamW(scope: Scope, parameters: State[], options: AdamWOptions): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay } = options;
  const { decay = () => true, learningRateScale = () => 1 } = options;
  const memory = parameters.map((parameter) => ({
    parameter,
    first: scope.slot("exp_avg", parameter, zeros),
    second: scope.slot("exp_avg_sq", parameter, zeros),
  }));
  return (gradients, { learningRate, step }) => {
    const root = tf.sqrt(geometricSum(beta2, step));
    const quietEpsilon = tf.mul(root, epsilon);
    const unit = tf.div(tf.mul(learningRate, root), geometricSum(beta1, step));
    const rate = shared((scale) => (scale === 1 ? unit : tf.mul(unit, scale)));
    const keep = shared((scale) => tf.sub(1, tf.mul(learningRate, scale * weightDecay)));
    for (const { parameter, first, second } of memory) {
      const g = gradientOf(gradients, parameter);
      first.assign(tf.add(tf.mul(first.value, beta1), g));
      second.assign(tf.add(tf.mul(second.value, beta2), tf.square(g)));
      const direction = tf.div(first.value, tf.add(tf.sqrt(second.value), quietEpsilon));
      const scale = learningRateScale(parameter);
      const decayed = weightDecay && decay(parameter) ? tf.mul(parameter.value, keep(scale)) : parameter.value;
      parameter.assign(tf.sub(decayed, tf.mul(direction, rate(scale))));
    }
  };
}

/**
 * (1 - b^t) / (1 - b) = 1 + b + ... + b^(t-1). With x = t ln b, 1 - e^x = -2 T / (1 - T) for T = tanh(x / 2):
 * exact in float32 where 1 - b^t cancels (5 digits are lost at b = 0.999, t = 1).
 */
function geometricSum(beta: number, step: tf.Tensor): tf.Tensor {
  const t = tf.tanh(tf.mul(step, Math.log(beta) / 2));
  return tf.div(tf.mul(t, -2 / (1 - beta)), tf.sub(1, t));
}
