import { tf } from "./tf.ts";
import type { State } from "./scope.ts";
import type { Tensors } from "./plugin.ts";

/** Steps without overflow after which the factor doubles: PyTorch's `GradScaler` has the same. */
const growthInterval = 2000;
/** The sum of squares of finite gradients is below this; neither infinity nor NaN is. */
const finiteBelow = 3e38;

/**
 * Dynamic loss scaling of mixed precision (Micikevicius et al., arXiv 1710.03740, section 3.2): losses are differentiated
 * times a factor, so that small gradients survive half precision, and gradients divided by it. A step in which one
 * overflowed changes nothing but the factor, which is halved; after 2000 steps in a row without it is doubled. The factor
 * is a power of two, so that no gradient shows it.
 */
export class LossScaling {
  readonly #factor: State;
  readonly #steps: State;
  readonly #squares: tf.Tensor[] = [];

  /** @param factor [] the current factor @param steps [] steps without overflow since it last changed */
  constructor(factor: State, steps: State) {
    this.#factor = factor;
    this.#steps = steps;
  }

  get states(): State[] {
    return [this.#factor, this.#steps];
  }

  /** A loss as it is differentiated. */
  scaled(loss: tf.Tensor): tf.Tensor {
    return tf.mul(loss, this.#factor.value);
  }

  /** What the scaled loss's gradients really are; all of them count when the step is settled. */
  unscaled(gradients: tf.Tensor[]): tf.Tensor[] {
    const inverse = tf.div(1, this.#factor.value);
    const real = gradients.map((gradient) => tf.mul(gradient, inverse));
    // Kept: they may belong to an update inside another one's loss.
    this.#squares.push(...real.map((gradient) => tf.keep(tf.sum(tf.square(gradient)))));
    return real;
  }

  /** What the step starts the next one from: `next`, or where a gradient overflowed `before`; and the factor. */
  settle(before: Tensors, next: Tensors): Tensors {
    if (this.#squares.length === 0) return next;
    const finite = tf.less(tf.addN(this.#squares), finiteBelow);
    this.clear();
    const kept = Object.entries(next).map(([name, value]) => [name, tf.where(finite, value, before[name]!)] as const);
    const steps = tf.add(this.#steps.value, 1);
    const full = tf.greaterEqual(steps, growthInterval);
    const factor = this.#factor.value;
    const grown = tf.where(full, tf.mul(factor, 2), factor);
    return {
      ...Object.fromEntries(kept),
      [this.#factor.spec.name]: tf.where(finite, grown, tf.maximum(tf.mul(factor, 0.5), 1)),
      [this.#steps.spec.name]: tf.where(tf.logicalAnd(finite, tf.logicalNot(full)), steps, 0),
    };
  }

  /** Forgets the gradients so far: those of a step that ended in an error, too. */
  clear(): void {
    for (const square of this.#squares.splice(0)) square.dispose();
  }
}
