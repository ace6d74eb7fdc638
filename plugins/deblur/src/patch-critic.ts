import type { Scope, tf } from "@epochmark/plugin-kit";
import { conv2d, type Conv2dOptions, instanceNorm, leakyRelu } from "@epochmark/plugin-kit/nn";

export interface PatchCriticOptions {
  /** Channels of the first layer: 64 in both papers. */
  width: number;
  /** Convolutions of stride 2; two of stride 1 follow. */
  layers: number;
  weightInitializer?: Conv2dOptions["weightInitializer"];
  biasInitializer?: Conv2dOptions["biasInitializer"];
}

/**
 * PatchGAN (Isola et al., arXiv 1611.07004) as both DeblurGANs have it: kernel 4, padding 2, instance norm on all layers
 * but the first and the last, no sigmoid. [B, H, W, 3] -> one score a patch [B, H', W', 1].
 * @returns the score map, and what each layer before it gave
 */
export function patchCritic(scope: Scope, options: PatchCriticOptions): (x: tf.Tensor) => tf.Tensor[] {
  const { width, layers, ...initial } = options;
  const model = scope.at("model");
  const channels = Array.from({ length: layers + 1 }, (_, index) => width * Math.min(2 ** index, 8));
  // In the official sequence a layer is conv, norm, activation; the first has no norm.
  const convs = [...channels, 1].map((outputs, index) =>
    conv2d(model.at(index === 0 ? 0 : 3 * index - 1), channels[index - 1] ?? 3, outputs, {
      kernel: 4,
      stride: index < layers ? 2 : 1,
      padding: 2,
      ...initial,
    }),
  );
  return (images) => {
    const outputs: tf.Tensor[] = [];
    for (const [index, conv] of convs.entries()) {
      const y = conv(outputs.at(-1) ?? images);
      const last = index === convs.length - 1;
      outputs.push(last ? y : leakyRelu(index === 0 ? y : instanceNorm(y), 0.2));
    }
    return outputs;
  };
}
