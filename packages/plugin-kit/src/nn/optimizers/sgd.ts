import type { Scope, State } from "../../scope.ts";
import { tf } from "../../tf.ts";
import { zeros } from "../initializers.ts";
import { gradientOf, type Optimizer } from "./optimizer.ts";

export interface SgdOptions {
  momentum?: number;
  nesterov?: boolean;
  /** L2 penalty added to the gradient, not decoupled. */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent as in PyTorch: g ← g + wd p;  b ← momentum b + g;  p ← p - lr b (nesterov: g + momentum b).
 * The slot `momentum_buffer` starts at zero, so that the first step sets it to g. Without momentum there is no slot.
 */
export function sgd(scope: Scope, parameters: State[], options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
  const memory = parameters.map((parameter) => ({
    parameter,
    buffer: momentum ? scope.slot("momentum_buffer", parameter, zeros) : undefined,
  }));
  return (gradients, { learningRate }) => {
    for (const { parameter, buffer } of memory) {
      const plain = gradientOf(gradients, parameter);
      const g = weightDecay ? tf.add(plain, tf.mul(parameter.value, weightDecay)) : plain;
      buffer?.assign(tf.add(tf.mul(buffer.value, momentum), g));
      const direction = !buffer ? g : nesterov ? tf.add(g, tf.mul(buffer.value, momentum)) : buffer.value;
      parameter.assign(tf.sub(parameter.value, tf.mul(direction, learningRate)));
    }
  };
}
