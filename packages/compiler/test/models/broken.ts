// Models that cannot be traced. Line numbers matter: tests name them.
import * as tf from "@tensorflow/tfjs";

export function crops(images: tf.Tensor): tf.Tensor {
  return tf.image.cropAndResize(images as tf.Tensor4D, [[0, 0, 1, 1]], [0], [2, 2]);
}

export function cropsOfMany(images: tf.Tensor): tf.Tensor {
  const parts = [images, images].map((part) => crops(part));
  return tf.addN(parts);
}

export function spectrum(x: tf.Tensor): tf.Tensor {
  return tf.real(tf.fft(tf.complex(x, x)));
}

export function branches(x: tf.Tensor): tf.Tensor {
  const largest = tf.max(x);
  return (largest.dataSync()[0] ?? 0) > 0 ? tf.relu(x) : tf.neg(x);
}

export function resizedByGradient(x: tf.Tensor): tf.Tensor {
  return tf.grad((y) => tf.sum(tf.image.resizeBilinear(y as tf.Tensor4D, [5, 5])))(x);
}
