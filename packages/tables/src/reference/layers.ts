import { type Scope, tf } from "@epochmark/plugin-kit";
import { batchNorm, kaimingNormal, type Layer, type NormMode, zeros } from "@epochmark/plugin-kit/nn";

type Pair = readonly [number, number];
export type Mode = Extract<NormMode, "train" | "stored">;
export type Block = (x: tf.Tensor, mode: Mode) => tf.Tensor;

export interface ConvShape {
  /** Height and width of the window; one number for a square. */
  kernel: number | Pair;
  stride?: number;
  padding?: number | Pair;
}

const pair = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value);

/** A convolution with any window: NHWC [B, H, W, inputs] -> [B, H', W', outputs]. */
export function conv(scope: Scope, inputs: number, outputs: number, shape: ConvShape & { bias?: boolean }): Layer {
  const [height, width] = pair(shape.kernel);
  const [top, left] = pair(shape.padding ?? 0);
  const weight = scope.parameter("weight", [outputs, inputs, height, width], kaimingNormal);
  const bias = shape.bias ? scope.parameter("bias", [outputs], zeros) : undefined;
  return (x) => {
    const filter = tf.transpose(weight.value as tf.Tensor4D, [2, 3, 1, 0]);
    const pads: [Pair, Pair, Pair, Pair] = [
      [0, 0],
      [top, top],
      [left, left],
      [0, 0],
    ];
    const y = tf.conv2d(x as tf.Tensor4D, filter, shape.stride ?? 1, pads as never);
    return bias ? tf.add(y, bias.value) : y;
  };
}

/** Convolution, batch norm, ReLU (unless `linear`). */
export function convNorm(
  scope: Scope,
  inputs: number,
  outputs: number,
  shape: ConvShape & { epsilon?: number; linear?: boolean },
): Block {
  const apply = conv(scope.at("conv"), inputs, outputs, shape);
  const norm = batchNorm(scope.at("bn"), outputs, { epsilon: shape.epsilon ?? 1e-5 });
  return (x, mode) => {
    const y = norm(apply(x), mode);
    return shape.linear ? y : tf.relu(y);
  };
}

/** Blocks one after another. */
export const chain =
  (...blocks: Block[]): Block =>
  (x, mode) =>
    blocks.reduce((y, block) => block(y, mode), x);

/** Mean over height and width: [B, H, W, C] -> [B, C]. */
export const globalMean = (x: tf.Tensor): tf.Tensor => tf.mean(x, [1, 2]);
