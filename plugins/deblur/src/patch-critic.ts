import type { Scope, tf } from "@epochmark/plugin-kit";
import {
  conv2d,
  type Conv2dOptions,
  instanceNorm,
  leakyRelu,
  type NormLayer,
  type NormMode,
  trackedInstanceNorm,
} from "@epochmark/plugin-kit/nn";

export interface PatchCriticOptions {
  /** Channels of the first layer: 64 in both papers. */
  width: number;
  /** Convolutions of stride 2; two of stride 1 follow. */
  layers: number;
  /** Whether the norms keep running statistics, as DeblurGAN-v2's do. */
  tracked: boolean;
  weightInitializer?: Conv2dOptions["weightInitializer"];
  biasInitializer?: Conv2dOptions["biasInitializer"];
}

/**
 * PatchGAN (Isola et al., arXiv 1611.07004) as both DeblurGANs have it: kernel 4, padding 2, instance norm on all layers
 * but the first and the last, no sigmoid. [B, H, W, 3] -> one score a patch [B, H', W', 1].
 * @returns the score map, and what each layer before it gave
 */
export function patchCritic(scope: Scope, options: PatchCriticOptions): (x: tf.Tensor, mode?: NormMode) => tf.Tensor[] {
  const { width, layers: strided, tracked, ...initial } = options;
  const model = scope.at("model");
  const channels = Array.from({ length: strided + 1 }, (_, index) => width * Math.min(2 ** index, 8));
  const plain: NormLayer = (x) => instanceNorm(x);
  const none: NormLayer = (x) => x;
  // In the official sequence a layer is conv, norm, activation; the first has no norm.
  const layers = [...channels, 1].map((outputs, index) => {
    const conv = conv2d(model.at(index === 0 ? 0 : 3 * index - 1), channels[index - 1] ?? 3, outputs, {
      kernel: 4,
      stride: index < strided ? 2 : 1,
      padding: 2,
      ...initial,
    });
    if (index === 0 || index === channels.length) return { conv, norm: none };
    return { conv, norm: tracked ? trackedInstanceNorm(model.at(3 * index), outputs) : plain };
  });
  return (images, mode = "own") => {
    const outputs: tf.Tensor[] = [];
    for (const [index, { conv, norm }] of layers.entries()) {
      const y = norm(conv(outputs.at(-1) ?? images), mode);
      outputs.push(index === channels.length ? y : leakyRelu(y, 0.2));
    }
    return outputs;
  };
}
