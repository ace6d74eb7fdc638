import { type State, tf } from "@epochmark/plugin-kit";

/** 2^-23. */
const rangeEpsilon = 2 ** -23;

/** Each sample's values from its smallest, 0, to its largest, 1: (x - min) / (max - min + ε). [B, H, W, 1] -> the same. */
export function unitRange(x: tf.Tensor): tf.Tensor {
  const [low, high] = [tf.min(x, [1, 2, 3], true), tf.max(x, [1, 2, 3], true)];
  return tf.div(tf.sub(x, low), tf.add(tf.sub(high, low), rangeEpsilon));
}

/** Mean over the batch of each sample's mean error, counted for those samples that are labelled (1, else 0; [B]). */
export function labelledError(error: tf.Tensor, labelled: tf.Tensor): tf.Tensor {
  return tf.mean(tf.mul(tf.mean(error, [1, 2, 3]), labelled));
}

/** Cross-entropy of sigmoid(z) and t in [0, 1] at each element: max(z, 0) - z t + log(1 + exp(-|z|)). */
export function sigmoidCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const overflow = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  return tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), overflow);
}

/** ½‖w‖² summed over the convolutions among `parameters`: not over biases and norms. */
export function squaredWeights(parameters: readonly State[]): tf.Tensor {
  const weights = parameters.filter(({ spec }) => spec.shape.length === 4);
  return tf.mul(tf.addN(weights.map(({ value }) => tf.sum(tf.square(value)))), 0.5);
}
