import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { type Initializer, kaimingUniform } from "./initializers.ts";
import type { Layer } from "./layer.ts";

export interface DepthwiseConv2dOptions {
  kernel: number;
  stride?: number;
  padding?: number;
  bias?: boolean;
  weightInitializer?: Initializer;
}

/**
 * One filter a channel (a convolution in as many groups as channels): [B, H, W, channels] -> [B, H', W', channels].
 * Parameters in PyTorch layout: `weight` [channels, 1, kernel, kernel], `bias` [channels].
 */
export function depthwiseConv2d(scope: Scope, channels: number, options: DepthwiseConv2dOptions): Layer {
  const { kernel, stride = 1, padding = 0, weightInitializer = kaimingUniform() } = options;
  const weight = scope.parameter("weight", [channels, 1, kernel, kernel], weightInitializer);
  const bias =
    options.bias === false ? undefined : scope.parameter("bias", [channels], kaimingUniform(kernel * kernel));
  return (x) => {
    const filter = tf.transpose(weight.value as tf.Tensor4D, [2, 3, 0, 1]);
    const y = tf.depthwiseConv2d(x as tf.Tensor4D, filter, stride, padding);
    return bias ? tf.add(y, bias.value) : y;
  };
}
