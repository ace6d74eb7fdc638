import { tf } from "../tf.ts";

/** Mean over the batch of -Σ_c t_c log softmax(z)_c; logits z and targets t are [B, classes], rows of t sum to 1. */
export function softTargetCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  const perSample = tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1);
  return tf.neg(tf.mean(perSample)) as tf.Scalar;
}

/**
 * Targets for `softTargetCrossEntropy` on the host, [labels, classes] row-major: smoothing / classes everywhere
 * plus 1 - smoothing at the label (Szegedy et al., arXiv 1512.00567). @throws on a label outside the classes
 */
export function smoothLabels(labels: ArrayLike<number>, classes: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new Error(`label ${label} is none of ${classes} classes`);
    targets[i * classes + label] = 1 - smoothing + smoothing / classes;
  }
  return targets;
}

/** Mean over all elements of (a - b)². */
export function meanSquaredError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.mean(tf.square(tf.sub(a, b))) as tf.Scalar;
}

/** Mean over all elements of |a - b|; its derivative at 0 is 0. */
export function meanAbsoluteError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(a, b))) as tf.Scalar;
}
