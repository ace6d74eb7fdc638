import type { Scope } from "@epochmark/plugin-kit";
import { conv2d, type Conv2dOptions, depthwiseConv2d, type Layer } from "@epochmark/plugin-kit/nn";

type Options = Pick<Conv2dOptions, "stride" | "bias" | "weightInitializer">;

/** Declares a 3x3 convolution with padding 1: [B, H, W, inputs] -> [B, H', W', outputs]. */
export type Conv3x3 = (scope: Scope, inputs: number, outputs: number, options?: Options) => Layer;

export const dense3x3: Conv3x3 = (scope, inputs, outputs, options) =>
  conv2d(scope, inputs, outputs, { kernel: 3, padding: 1, ...options });

/**
 * The same in two: one 3x3 filter a channel, then 1x1 over the channels, nothing between (MobileNets, arXiv 1704.04861).
 * The bias, where there is one, belongs to the second. The names are this project's: no official code of them exists.
 */
export const separable3x3: Conv3x3 = (scope, inputs, outputs, { stride = 1, ...options } = {}) => {
  const { weightInitializer } = options;
  const filter = { kernel: 3, padding: 1, stride, bias: false, ...(weightInitializer && { weightInitializer }) };
  const each = depthwiseConv2d(scope.at("depthwise"), inputs, filter);
  const mix = conv2d(scope.at("pointwise"), inputs, outputs, { kernel: 1, ...options });
  return (x) => mix(each(x));
};
