import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { type Initializer, kaimingUniform } from "./initializers.ts";
import type { Layer } from "./layer.ts";

export interface LinearOptions {
  bias?: boolean;
  /** Default: PyTorch's own, uniform in ±1/sqrt(fan_in) for both. */
  weightInitializer?: Initializer;
  biasInitializer?: Initializer;
}

/** y = x Wᵀ + b over the last axis: [..., inputs] -> [..., outputs]. Parameters `weight` [outputs, inputs] and `bias` [outputs]. */
export function linear(scope: Scope, inputs: number, outputs: number, options: LinearOptions = {}): Layer {
  const { weightInitializer = kaimingUniform(), biasInitializer = kaimingUniform(inputs) } = options;
  const weight = scope.parameter("weight", [outputs, inputs], weightInitializer);
  const bias = options.bias === false ? undefined : scope.parameter("bias", [outputs], biasInitializer);
  return (x) => {
    // Rows in front: one 2-D product, whatever the rank of x.
    const rows = tf.reshape(x, [-1, inputs]);
    const product = tf.matMul(rows, weight.value as tf.Tensor2D, false, true);
    const y = bias ? tf.add(product, bias.value) : product;
    return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  };
}
