import type { State } from "../../scope.ts";
import type { tf } from "../../tf.ts";
import type { Gradients } from "../gradients.ts";

/** The scalars that change from step to step: inputs of the train step. */
export interface StepScalars {
  /** [] float32. */
  learningRate: tf.Tensor;
  /** [] float32, 1 in the first step. */
  step: tf.Tensor;
}

/** A pure update rule with its own memory in slots: assigns the next value of every parameter and slot. */
export type Optimizer = (gradients: Gradients, scalars: StepScalars) => void;

/** Gradient of `parameter`. @throws when the loss left it out */
export function gradientOf(gradients: Gradients, parameter: State): tf.Tensor {
  const gradient = gradients.get(parameter);
  if (!gradient) throw new Error(`no gradient for ${parameter.spec.name}: name it among the loss's parameters`);
  return gradient;
}

/** Remembers one tensor for each key, made on first use: scalars that many parameters share. */
export function shared(make: (key: number) => tf.Tensor): (key: number) => tf.Tensor {
  const made = new Map<number, tf.Tensor>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
