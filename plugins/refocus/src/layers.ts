import { type Scope, tf } from "@epochmark/plugin-kit";
import {
  batchNorm,
  conv2d,
  type Conv2dOptions,
  glorotUniform,
  type Layer,
  type NormLayer,
  symmetricPad,
  toNchw,
} from "@epochmark/plugin-kit/nn";

/** Channels in and out. */
export type Channels = readonly [inputs: number, outputs: number];

/** A convolution under the released checkpoint's names: SAME padding, no bias, Glorot's start, unless told otherwise. */
export function convolution(scope: Scope, name: string, [inputs, outputs]: Channels, options: Conv2dOptions): Layer {
  const named = scope.at(name).named({ names: { weight: "weights", bias: "biases" } });
  return conv2d(named, inputs, outputs, {
    padding: "same",
    bias: false,
    weightInitializer: glorotUniform,
    biasInitializer: glorotUniform,
    ...options,
  });
}

/** Batch norm under the released checkpoint's names: epsilon 1e-5, TensorFlow's momentum 0.99. */
export function norm(scope: Scope, name: string, channels: number): NormLayer {
  const names = { weight: "gamma", bias: "beta", running_mean: "moving_mean", running_var: "moving_variance" };
  return batchNorm(scope.at(name).named({ names }), channels, { epsilon: 1e-5, momentum: 0.01 });
}

/** Convolution, then batch norm; no activation. */
export function normalised(
  scope: Scope,
  { conv, bn }: { conv: string; bn: string },
  channels: Channels,
  options: Conv2dOptions,
): NormLayer {
  const convolve = convolution(scope, conv, channels, options);
  const normalise = norm(scope, bn, channels[1]);
  return (x, mode) => normalise(convolve(x), mode);
}

/**
 * The feature stack: convolutions of 3, 5, 5 and 5 pixels with bias and ReLU over mirrored borders, no norm. Gives what
 * went in and all four results: [B, H, W, inputs] -> [B, H, W, inputs + 2 wide + 2 narrow].
 */
export function featureStack(
  scope: Scope,
  inputs: number,
  [wide, narrow]: readonly [wide: number, narrow: number],
): Layer {
  const sizes: [kernel: number, channels: Channels][] = [
    [3, [inputs, wide]],
    [5, [wide, wide]],
    [5, [wide, narrow]],
    [5, [narrow, narrow]],
  ];
  const layers = sizes.map(([kernel, channels], index) => {
    const convolve = convolution(scope, `fea${index + 1}`, channels, { kernel, padding: 0, bias: true });
    return (x: tf.Tensor) => tf.relu(convolve(symmetricPad(x, (kernel - 1) / 2)));
  });
  return (x) => {
    const all = [x];
    for (const layer of layers) all.push(layer(all.at(-1)!));
    return tf.concat(all, -1);
  };
}

/** How many colours the feature stack's channels make: weight k mixes channels 3k, 3k + 1 and 3k + 2. */
export function kernelsOf(inputs: number, [wide, narrow]: readonly [number, number]): number {
  return (inputs + 2 * wide + 2 * narrow) / 3;
}

/** Shows a layer's output as the official code has it. */
export function show(scope: Scope, name: string, x: tf.Tensor): tf.Tensor {
  if (scope.tapping) scope.tap(name, toNchw(x));
  return x;
}
