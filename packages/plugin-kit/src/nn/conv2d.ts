import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { dilatedConv2d } from "./dilated-conv2d.ts";
import { type Initializer, kaimingUniform } from "./initializers.ts";
import type { Layer } from "./layer.ts";
import { samePadding } from "./same-padding.ts";

/** Zeros around an image: the same on all sides, or [[top, bottom], [left, right]]. */
export type Padding = number | [[number, number], [number, number]];

export interface Conv2dOptions {
  /** Side of the filter, or [height, width]. */
  kernel: number | readonly [number, number];
  stride?: number;
  /** `same`: what TensorFlow's SAME adds, which follows the image's size. */
  padding?: Padding | "same";
  /** Distance of filter taps in pixels; above 1 the stride must be 1. */
  dilation?: number;
  bias?: boolean;
  /** False: a fixed network's weights, which nothing updates. */
  trainable?: boolean;
  weightInitializer?: Initializer;
  biasInitializer?: Initializer;
}

/**
 * 2-D convolution of NHWC images: [B, H, W, inputs] -> [B, H', W', outputs]. Parameters in PyTorch layout:
 * `weight` [outputs, inputs, kernel height, kernel width], `bias` [outputs]. Networks take NCHW and change layout once, at entry and exit.
 * @throws when both stride and dilation are above 1
 */
export function conv2d(scope: Scope, inputs: number, outputs: number, options: Conv2dOptions): Layer {
  const { kernel, stride = 1, padding = 0, dilation = 1, trainable = true } = options;
  if (stride > 1 && dilation > 1) throw new Error("conv2d: stride and dilation are both above 1; one must be 1");
  const [tall, wide] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const fanIn = inputs * tall * wide;
  const { weightInitializer = kaimingUniform(), biasInitializer = kaimingUniform(fanIn) } = options;
  const weight = scope.parameter("weight", [outputs, inputs, tall, wide], weightInitializer, { trainable });
  const bias = options.bias === false ? undefined : scope.parameter("bias", [outputs], biasInitializer, { trainable });
  const sides = ([, height, width]: number[]): Exclude<Padding, number> => {
    if (padding !== "same") return typeof padding === "number" ? [pair(padding), pair(padding)] : padding;
    return [samePadding(height!, tall, stride, dilation), samePadding(width!, wide, stride, dilation)];
  };
  return (x) => {
    const images = x as tf.Tensor4D;
    const [rows, columns] = sides(x.shape);
    const filter = tf.transpose(weight.value as tf.Tensor4D, [2, 3, 1, 0]);
    const y =
      dilation > 1
        ? dilatedConv2d(images, filter, { rows, columns }, dilation)
        : tf.conv2d(images, filter, stride, [[0, 0], rows, columns, [0, 0]]);
    return bias ? tf.add(y, bias.value) : y;
  };
}

const pair = (n: number): [number, number] => [n, n];
