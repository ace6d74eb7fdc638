import { detach, type Network, type Scope, type State, type Tensors, tf } from "@epochmark/plugin-kit";
import {
  adamW,
  batchNorm,
  conv2d,
  dropPath,
  gradients,
  kaimingUniform,
  layerNorm,
  linear,
  mlp,
  type NormMode,
  patchEmbed,
  selfAttention,
  softTargetCrossEntropy,
  toNchw,
  toNhwc,
  truncatedNormal,
} from "@epochmark/plugin-kit/nn";
import type { DeepViTConfig } from "./deepvit-config.ts";
import { initial, isDecayed, tensor } from "./shared.ts";

/**
 * DeepViT (Zhou et al., arXiv 2103.11886): a Vision Transformer whose attention maps are mixed over the heads by a learned
 * matrix (Re-Attention) before they meet the values. Parameters carry the official repository's names.
 * Inputs and outputs as in `vit.ts`. Inference normalises the mixed maps with the running statistics, training with the
 * batch's, which move the running ones. With the cosine regulariser training also gives the losses it adds up.
 */
export function deepvit(scope: Scope, config: DeepViTConfig): Network {
  const { imageSize, patch, dim, depth, classes, normEpsilon: epsilon, cosineRegulariser } = config;
  const tokens = (imageSize / patch) ** 2 + 1;

  const classToken = scope.parameter("cls_token", [1, 1, dim], truncatedNormal(0.02));
  const positions = scope.parameter("pos_embed", [1, tokens, dim], truncatedNormal(0.02));
  const embed =
    config.stem === "cnn"
      ? cnnStem(scope.at("patch_embed"), config)
      : patchEmbed(scope.at("patch_embed"), dim, { patch });
  const blocks = Array.from({ length: depth }, (_, index) => block(scope.at("blocks").at(index), config, index));
  const norm = layerNorm(scope.at("norm"), dim, { epsilon });
  const head = linear(scope.at("head"), dim, classes, initial);

  /** Logits [B, classes] and the mixed maps [B, heads, N, N] of every block that mixes. */
  function run(images: tf.Tensor, mode: NormMode, keep?: tf.Tensor): { logits: tf.Tensor; maps: tf.Tensor[] } {
    const batch = images.shape[0]!;
    const paths = keep ? tf.unstack(tf.reshape(keep, [2 * depth, batch])) : [];
    const maps: tf.Tensor[] = [];
    const patches = embed(images, mode);
    scope.tap("patch_embed", patches);
    const first = tf.add(classToken.value, tf.zeros([batch, 1, dim]));
    let x = tf.add(tf.concat([first, patches], 1), positions.value);
    for (const [index, apply] of blocks.entries()) {
      x = apply(x, mode, { attention: paths[2 * index], mlp: paths[2 * index + 1] }, (mixed) => {
        scope.tap(`blocks.${index}.attention`, mixed);
        maps.push(mixed);
      });
      scope.tap(`blocks.${index}`, x);
    }
    x = norm(x);
    scope.tap("norm", x);
    return { logits: head(tf.reshape(tf.slice(x, [0, 0, 0], [batch, 1, dim]), [batch, dim])), maps };
  }

  const parameters = scope.trainable();
  const mixingBiases = parameters.filter(({ spec }) => spec.name.endsWith("reatten_matrix.bias"));
  const update = adamW(scope, parameters, { ...config.optimizer, decay: isDecayed });
  const image = (batch: number) => tensor("input", [batch, 3, imageSize, imageSize]);

  return {
    infer: {
      inputs: (batch) => [image(batch)],
      run: ({ input }) => ({ logits: run(input!, "stored").logits }),
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
        const { losses, gradients: byParameter } = gradients(
          (): Tensors & { total: tf.Tensor } => {
            const { logits, maps } = run(input!, "train", keep);
            const crossEntropy = tf.add(softTargetCrossEntropy(logits, targets!), withoutEffect(mixingBiases));
            if (!cosineRegulariser) return { total: crossEntropy };
            const similarity = mapSimilarity(maps, cosineRegulariser.pairs);
            return {
              total: tf.add(crossEntropy, tf.mul(similarity, cosineRegulariser.weight)),
              crossEntropy,
              similarity,
            };
          },
          parameters,
          scope,
        );
        update(byParameter, { learningRate: learningRate!, step: step! });
        return losses;
      },
    },
  };
}

/** Zero, whatever the parameters are: what a norm takes away again has the gradient zero, but a gradient. */
function withoutEffect(parameters: readonly State[]): tf.Tensor {
  return parameters.reduce<tf.Tensor>((sum, { value }) => tf.add(sum, tf.mul(tf.sum(value), 0)), tf.scalar(0));
}

/** Two convolutions of stride 2 and 1 in front of patches of 8 × 8 (DeepViT-S and -L): [B, 3, H, W] -> [B, H/16 · W/16, dim]. */
function cnnStem(scope: Scope, { dim, stemWidth: width }: DeepViTConfig) {
  const conv1 = conv2d(scope.at("conv1"), 3, width, { kernel: 7, stride: 2, padding: 3, bias: false });
  const bn1 = batchNorm(scope.at("bn1"), width);
  const conv2 = conv2d(scope.at("conv2"), width, width, { kernel: 3, padding: 1, bias: false });
  const bn2 = batchNorm(scope.at("bn2"), width);
  const project = patchEmbed(scope, dim, { patch: 8, channels: width });
  return (images: tf.Tensor, mode: NormMode) => {
    const first = tf.relu(bn1(conv1(toNhwc(images)), mode));
    const second = tf.relu(bn2(conv2(first), mode));
    return project(toNchw(second));
  };
}

/** Stochastic depth of one block: factors [B] of its two branches. */
interface Keep {
  attention: tf.Tensor | undefined;
  mlp: tf.Tensor | undefined;
}

/**
 * Pre-norm block with residual scale r: both branches see r x and are divided by r (r = 1 in the 16B, 24B and 32B).
 * The blocks named in `reAttentionBlocks` mix their maps; `seeMaps` is shown them.
 */
function block(scope: Scope, config: DeepViTConfig, index: number) {
  const { dim, heads, mlpRatio, normEpsilon: epsilon, residualScale: r } = config;
  const norm1 = layerNorm(scope.at("norm1"), dim, { epsilon });
  const mix = config.reAttentionBlocks.includes(index) ? reAttention(scope.at("attn"), config) : undefined;
  const attention = selfAttention(scope.at("attn"), dim, { heads, ...initial });
  const norm2 = layerNorm(scope.at("norm2"), dim, { epsilon });
  const feedForward = mlp(scope.at("mlp"), dim, dim * mlpRatio, initial);
  const scaled = (x: tf.Tensor, factor: number) => (factor === 1 ? x : tf.mul(x, factor));
  return (x: tf.Tensor, mode: NormMode, keep: Keep, seeMaps: (mixed: tf.Tensor) => void) => {
    const transform = (maps: tf.Tensor) => {
      const mixed = mix!(maps, mode);
      seeMaps(mixed);
      return mixed;
    };
    const attended = scaled(attention(norm1(scaled(x, r)), mix && transform), 1 / r);
    const middle = tf.add(x, dropPath(attended, keep.attention));
    const fed = scaled(feedForward(norm2(scaled(middle, r))), 1 / r);
    return tf.add(middle, dropPath(fed, keep.mlp));
  };
}

/**
 * Re-Attention: the maps mixed over the heads by Θ (a 1 × 1 convolution), normalised over batch and positions, scaled.
 *
 * Every row of a map sums to 1, so the maps' mean is 1 / N, and they differ from it by far less. The batch's statistics
 * take away Θ / N and the bias again: they are left out in training, or float32 would keep few digits of what is left.
 */
function reAttention(scope: Scope, { dim, heads, reAttentionScale }: DeepViTConfig) {
  const scale = reAttentionScale === "headDim^-0.5" ? (dim / heads) ** -0.5 : reAttentionScale;
  const theta = scope.at("reatten_matrix");
  const weight = theta.parameter("weight", [heads, heads, 1, 1], kaimingUniform());
  const bias = theta.parameter("bias", [heads], kaimingUniform(heads));
  const norm = batchNorm(scope.at("var_norm"), heads);
  /** The running statistics make all three one matrix and one shift. */
  const mixStored = (maps: tf.Tensor) => {
    const { factor, shift } = norm.stored();
    const row = (values: tf.Tensor) => tf.reshape(scale === 1 ? values : tf.mul(values, scale), [heads, 1]);
    const matrix = tf.mul(tf.reshape(weight.value, [heads, heads]), row(factor));
    const flat = tf.reshape(maps, [maps.shape[0]!, heads, -1]);
    const mixed = tf.add(tf.matMul(matrix, flat), row(tf.add(tf.mul(bias.value, factor), shift)));
    return tf.reshape(mixed, maps.shape);
  };
  return (maps: tf.Tensor, mode: NormMode) => {
    if (mode === "stored") return mixStored(maps);
    const mean = 1 / maps.shape.at(-1)!;
    const filter = tf.transpose(weight.value as tf.Tensor4D, [2, 3, 1, 0]);
    const centred = toNhwc(tf.sub(maps, mean)) as tf.Tensor4D;
    const constant = tf.add(tf.mul(tf.sum(weight.value, [1, 2, 3]), mean), bias.value);
    const mixed = norm(tf.conv2d(centred, filter, 1, "valid"), mode, detach(constant));
    return toNchw(scale === 1 ? mixed : tf.mul(mixed, scale));
  };
}

/** Mean cosine, over the heads, between the maps of block i and i + 1, summed over `pairs` neighbours and divided by them. */
function mapSimilarity(maps: tf.Tensor[], pairs: number): tf.Tensor {
  const norm = (x: tf.Tensor) => tf.maximum(tf.sqrt(tf.sum(tf.square(x), 1)), tf.scalar(1e-8));
  const cosines = Array.from({ length: pairs }, (_, i) => {
    const [a, b] = [maps[i]!, maps[i + 1]!];
    return tf.div(tf.sum(tf.mul(a, b), 1), tf.mul(norm(a), norm(b)));
  });
  return tf.div(tf.mean(tf.addN(cosines)), pairs);
}
