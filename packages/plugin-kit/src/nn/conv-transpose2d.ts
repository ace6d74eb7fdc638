import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { type Initializer, kaimingUniform } from "./initializers.ts";
import type { Layer } from "./layer.ts";

export interface ConvTranspose2dOptions {
  kernel: number;
  stride: number;
  padding: number;
  /** Rows and columns added at the bottom and the right, below the stride: which of several sizes is meant. */
  outputPadding?: number;
  bias?: boolean;
  weightInitializer?: Initializer;
  biasInitializer?: Initializer;
}

/**
 * Transposed 2-D convolution of NHWC images: [B, H, W, inputs] -> [B, H', W', outputs],
 * H' = (H - 1) stride - 2 padding + kernel + outputPadding. Parameters in PyTorch layout: `weight`
 * [inputs, outputs, kernel, kernel], `bias` [outputs]. @throws when outputPadding is not below the stride
 */
export function convTranspose2d(scope: Scope, inputs: number, outputs: number, options: ConvTranspose2dOptions): Layer {
  const { kernel, stride, padding, outputPadding = 0 } = options;
  if (outputPadding >= stride)
    throw new Error(`convTranspose2d: output padding ${outputPadding} must be below the stride ${stride}`);
  const fanIn = outputs * kernel * kernel;
  const { weightInitializer = kaimingUniform(), biasInitializer = kaimingUniform(fanIn) } = options;
  const weight = scope.parameter("weight", [inputs, outputs, kernel, kernel], weightInitializer);
  const bias = options.bias === false ? undefined : scope.parameter("bias", [outputs], biasInitializer);
  const grown = (size: number) => (size - 1) * stride - 2 * padding + kernel + outputPadding;
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ];
  return (x) => {
    const [batch, height, width] = x.shape as [number, number, number, number];
    const shape: [number, number, number, number] = [batch, grown(height), grown(width), outputs];
    const filter = tf.transpose(weight.value as tf.Tensor4D, [2, 3, 1, 0]);
    const y = tf.conv2dTranspose(x as tf.Tensor4D, filter, shape, stride, pad);
    return bias ? tf.add(y, bias.value) : y;
  };
}
