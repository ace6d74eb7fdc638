import { type Network, type Scope, type Tensors, tf } from "@epochmark/plugin-kit";
import {
  adamW,
  dropPath,
  gradients,
  layerNorm,
  linear,
  mlp,
  patchEmbed,
  selfAttention,
  softTargetCrossEntropy,
  truncatedNormal,
} from "@epochmark/plugin-kit/nn";
import type { ViTConfig } from "./config.ts";
import { initial, isDecayed, tensor } from "./shared.ts";

/**
 * Vision Transformer (Dosovitskiy et al., ICLR 2021, section 3.1) trained as DeiT does (Touvron et al., ICML 2021, table 9).
 * Parameters carry timm's names. Inference: `input` [B, 3, H, W] -> `logits` [B, classes].
 * Train: `input`, soft `targets` [B, classes] (mixed and smoothed by the host), `dropPath` [depth, 2, B] (factor of the
 * attention and the MLP branch of each block: 0 or 1 / keep), `learningRate` [], `step` [] -> the loss `total`.
 */
export function vit(scope: Scope, config: ViTConfig): Network {
  const { imageSize, patch, dim, depth, classes, normEpsilon: epsilon } = config;
  const tokens = (imageSize / patch) ** 2 + 1;

  const classToken = scope.parameter("cls_token", [1, 1, dim], truncatedNormal(0.02));
  const positions = scope.parameter("pos_embed", [1, tokens, dim], truncatedNormal(0.02));
  const embed = patchEmbed(scope.at("patch_embed"), dim, { patch });
  const blocks = Array.from({ length: depth }, (_, index) => block(scope.at("blocks").at(index), config));
  const norm = layerNorm(scope.at("norm"), dim, { epsilon });
  const head = linear(scope.at("head"), dim, classes, initial);

  function logits(images: tf.Tensor, keep?: tf.Tensor): tf.Tensor {
    const batch = images.shape[0]!;
    const paths = keep ? tf.unstack(tf.reshape(keep, [2 * depth, batch])) : [];
    const patches = embed(images);
    scope.tap("patch_embed", patches);
    const first = tf.add(classToken.value, tf.zeros([batch, 1, dim]));
    let x = tf.add(tf.concat([first, patches], 1), positions.value);
    for (const [index, apply] of blocks.entries()) {
      x = apply(x, paths[2 * index], paths[2 * index + 1]);
      scope.tap(`blocks.${index}`, x);
    }
    x = norm(x);
    scope.tap("norm", x);
    return head(tf.reshape(tf.slice(x, [0, 0, 0], [batch, 1, dim]), [batch, dim]));
  }

  const parameters = scope.trainable();
  const update = adamW(scope, parameters, { ...config.optimizer, decay: isDecayed });
  const image = (batch: number) => tensor("input", [batch, 3, imageSize, imageSize]);

  return {
    infer: {
      inputs: (batch) => [image(batch)],
      run: ({ input }) => ({ logits: logits(input!) }),
    },
    train: {
      inputs: (batch) => [
        image(batch),
        tensor("targets", [batch, classes]),
        tensor("dropPath", [depth, 2, batch]),
        tensor("learningRate", []),
        tensor("step", []),
      ],
      run(inputs) {
        const { input, targets, dropPath: keep, learningRate, step } = inputs as Required<Tensors>;
        const total = () => ({ total: softTargetCrossEntropy(logits(input!, keep), targets!) });
        const { losses, gradients: byParameter } = gradients(total, parameters, scope);
        update(byParameter, { learningRate: learningRate!, step: step! });
        return losses;
      },
    },
  };
}

/** Pre-norm block: attention, then MLP, each added to its input. The two `keep` factors [B] are stochastic depth. */
function block(scope: Scope, { dim, heads, mlpRatio, normEpsilon: epsilon }: ViTConfig) {
  const norm1 = layerNorm(scope.at("norm1"), dim, { epsilon });
  const attention = selfAttention(scope.at("attn"), dim, { heads, ...initial });
  const norm2 = layerNorm(scope.at("norm2"), dim, { epsilon });
  const feedForward = mlp(scope.at("mlp"), dim, dim * mlpRatio, initial);
  return (x: tf.Tensor, keepAttention?: tf.Tensor, keepMlp?: tf.Tensor) => {
    const attended = tf.add(x, dropPath(attention(norm1(x)), keepAttention));
    return tf.add(attended, dropPath(feedForward(norm2(attended)), keepMlp));
  };
}
