import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { type NormLayer, runningStatistics } from "./batch-norm.ts";
import { normalize } from "./normalize.ts";

const spatial = [1, 2];

/** Instance normalisation without affine parameters (Ulyanov et al., arXiv 1607.08022): each image and channel of NHWC by its own mean and biased variance. */
export function instanceNorm(x: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  return normalize(x, spatial, epsilon);
}

/**
 * The same with running statistics in the buffers `running_mean` and `running_var` [channels], which mode `stored` reads
 * (PyTorch's track_running_stats): the samples' means and unbiased variances, averaged, with momentum 0.1.
 */
export function trackedInstanceNorm(scope: Scope, channels: number, epsilon = 1e-5): NormLayer {
  const { mean, variance, update } = runningStatistics(scope, channels, 0.1);
  return (x, mode) => {
    if (mode === "train") update(x, spatial);
    if (mode !== "stored") return instanceNorm(x, epsilon);
    return tf.mul(tf.sub(x, mean.value), tf.rsqrt(tf.add(variance.value, epsilon)));
  };
}
