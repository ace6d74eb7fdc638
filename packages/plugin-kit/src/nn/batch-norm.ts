import type { Scope, State } from "../scope.ts";
import { tf } from "../tf.ts";
import { ones, zeros } from "./initializers.ts";
import type { Layer } from "./layer.ts";
import { normalize, statistics } from "./normalize.ts";

/**
 * Whose statistics normalise: `train`: the batch's, and the running values move towards them; `own`: the batch's, running
 * values untouched (a network kept in train mode at inference); `stored`: the running values (eval mode).
 */
export type NormMode = "train" | "own" | "stored";
export type NormLayer = (x: tf.Tensor, mode: NormMode) => tf.Tensor;

export interface BatchNormOptions {
  /** Default 1e-5. */
  epsilon?: number;
  /** Share of the batch in the running values. Default 0.1. */
  momentum?: number;
  /** Where the channels are. Default: the last axis. */
  channelAxis?: number;
}

/**
 * Batch normalisation (Ioffe and Szegedy, arXiv 1502.03167) as PyTorch defines it: [B, ..., channels] -> the same, biased
 * variance in the norm, unbiased in the running value. Parameters `weight`, `bias`, buffers `running_mean`, `running_var`.
 * Its `stored` gives the factor and the shift of that mode, for who puts them into a matrix of his own.
 */
export function batchNorm(scope: Scope, channels: number, options: BatchNormOptions = {}) {
  const { epsilon = 1e-5, momentum = 0.1, channelAxis = -1 } = options;
  const weight = scope.parameter("weight", [channels], ones);
  const bias = scope.parameter("bias", [channels], zeros);
  const running = runningStatistics(scope, channels, momentum);
  const stored = () => affineOf({ ...running, weight, bias }, epsilon);
  /** @param lacking constants [channels] that were left out of x, which by its own statistics makes no difference: the running mean has them */
  const layer = (x: tf.Tensor, mode: NormMode, lacking?: tf.Tensor): tf.Tensor => {
    const channel = channelAxis < 0 ? x.rank + channelAxis : channelAxis;
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== channel);
    const spread = (values: tf.Tensor) =>
      channel === x.rank - 1 ? values : tf.reshape(values, [channels, ...x.shape.slice(channel + 1).map(() => 1)]);
    if (mode === "stored") return affine(x, stored(), spread);
    if (mode === "train") running.update(x, axes, lacking);
    return tf.add(tf.mul(normalize(x, axes, epsilon), spread(weight.value)), spread(bias.value));
  };
  return Object.assign(layer, { stored });
}

/**
 * Batch norm that is never trained: [B, ..., channels] -> the same with the four vectors `weight`, `bias`, `running_mean`,
 * `running_var` all buffers, as detection networks fine-tune their backbones.
 */
export function frozenBatchNorm(scope: Scope, channels: number, options: { epsilon?: number } = {}): Layer {
  const weight = scope.buffer("weight", [channels], ones);
  const bias = scope.buffer("bias", [channels], zeros);
  const mean = scope.buffer("running_mean", [channels], zeros);
  const variance = scope.buffer("running_var", [channels], ones);
  return (x) => affine(x, affineOf({ weight, bias, mean, variance }, options.epsilon ?? 1e-5), (values) => values);
}

interface Vectors {
  weight: State;
  bias: State;
  mean: State;
  variance: State;
}

/** What normalising by kept statistics is: one factor and one shift [channels], constant where the vectors are. */
interface Affine {
  factor: tf.Tensor;
  shift: tf.Tensor;
}

function affineOf({ weight, bias, mean, variance }: Vectors, epsilon: number): Affine {
  const factor = tf.mul(weight.value, tf.rsqrt(tf.add(variance.value, epsilon)));
  return { factor, shift: tf.sub(bias.value, tf.mul(mean.value, factor)) };
}

const affine = (x: tf.Tensor, { factor, shift }: Affine, spread: (values: tf.Tensor) => tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(x, spread(factor)), spread(shift));

/**
 * The buffers `running_mean` and `running_var` [channels], moved by `update` towards the statistics of x over `axes`.
 * Axes left beside the channels (the samples of instance norm) are averaged.
 */
export function runningStatistics(scope: Scope, channels: number, momentum: number) {
  const mean = scope.buffer("running_mean", [channels], zeros);
  const variance = scope.buffer("running_var", [channels], ones);
  const move = (state: State, batch: tf.Tensor) => {
    const perChannel = tf.mean(tf.reshape(batch, [-1, channels]), 0);
    state.assign(tf.add(tf.mul(state.value, 1 - momentum), tf.mul(perChannel, momentum)));
  };
  const update = (x: tf.Tensor, axes: number[], lacking?: tf.Tensor) => {
    const batch = statistics(x, axes);
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    move(mean, lacking ? tf.add(tf.reshape(batch.mean, [-1, channels]), lacking) : batch.mean);
    move(variance, tf.mul(batch.variance, count / (count - 1)));
  };
  return { mean, variance, update };
}
