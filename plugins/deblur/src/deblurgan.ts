import { detach, type Network, type Scope, type TensorSpec, tf, type Tensors } from "@epochmark/plugin-kit";
import {
  adam,
  conv2d,
  convTranspose2d,
  dropout,
  gradients,
  instanceNorm,
  meanSquaredError,
  normal,
  reflectPad,
  toNchw,
  toNhwc,
  zeros,
} from "@epochmark/plugin-kit/nn";
import type { DeblurGanConfig } from "./config.ts";
import { gradientPenalty } from "./gradient-penalty.ts";
import { patchCritic } from "./patch-critic.ts";
import { vgg19 } from "./vgg19.ts";

/** Initialisation of the official code, of both networks. */
const initial = { weightInitializer: normal(0.02), biasInitializer: zeros };
export const criticUpdates = 5;
const penaltyWeight = 10;
const contentWeight = 100;

/**
 * DeblurGAN (Kupyn et al., CVPR 2018). Images are NCHW in [-1, 1], sides divisible by 4. Parameters carry the official
 * names behind `generator.`, `critic.` and (fixed) `vgg.`. Inference: `blurred` -> `restored`, dropout off; with `sharp`
 * asked for, `patchMap` = the critic's scores of it.
 * Train, one iteration of the official code: one generator forward, five critic updates on that pair, then one generator
 * update through the same forward pass and the updated critic. Inputs `blurred`, `sharp`, `alpha` [5] (one share a
 * penalty), `seed` and `dropout` (its rate, 0: off), `learningRate`, `step` -> the losses, `generator.content` first: the
 * only one that must fall, because the adversarial ones are each other's opponents.
 */
export function deblurGan(scope: Scope, config: DeblurGanConfig): Network {
  const restore = generator(scope.at("generator"), config);
  const adversarial = config.objective === "paper" || config.judgeSharp;
  const critic = adversarial
    ? patchCritic(scope.at("critic"), { width: config.criticWidth, layers: 3, tracked: false, ...initial })
    : undefined;
  const features = adversarial ? vgg19(scope.at("vgg"), config.perceptualWidth) : undefined;
  const image = (name: string, batch: number, [height, width]: readonly [number, number]) =>
    tensor(name, [batch, 3, height, width]);

  const updateGenerator = adam(scope, scope.at("generator").trainable(), config.optimizer);
  const pair = (batch: number) => [
    image("blurred", batch, config.trainImage),
    image("sharp", batch, config.trainImage),
  ];
  const switches = [tensor("seed", [], "int32"), tensor("dropout", [])];
  const progress = [tensor("learningRate", []), tensor("step", [])];
  return {
    infer: {
      ...(!config.judgeSharp && { networks: ["generator"] }),
      inputs: (batch) => [
        image("blurred", batch, config.inferImage),
        ...(config.judgeSharp ? [image("sharp", batch, config.judgeSharp)] : []),
      ],
      run({ blurred, sharp }): Tensors {
        const restored = toNchw(restore(toNhwc(blurred!)));
        if (!critic || !sharp) return { restored };
        const layers = critic(toNhwc(sharp));
        for (const [index, layer] of layers.slice(0, -1).entries()) show(scope, `critic${index + 1}`, layer);
        if (features) show(scope, "vggConv3_3", features(toNhwc(sharp)));
        return { restored, patchMap: toNchw(layers.at(-1)!) };
      },
    },
    train:
      critic && features && config.objective === "paper"
        ? {
            inputs: (batch) => [...pair(batch), tensor("alpha", [criticUpdates]), ...switches, ...progress],
            run: adversarialStep(scope, { restore, critic, features, updateGenerator, config }),
          }
        : {
            inputs: (batch) => [...pair(batch), ...switches, ...progress],
            run(inputs) {
              const { blurred, sharp, seed, dropout: rate, learningRate, step } = inputs as Required<Tensors>;
              const total = () => ({
                total: meanSquaredError(restore(toNhwc(blurred!), { rate: rate!, seed: seed! }), toNhwc(sharp!)),
              });
              const result = gradients(total, scope.at("generator").trainable(), scope);
              updateGenerator(result.gradients, { learningRate: learningRate!, step: step! });
              return result.losses;
            },
          },
  };
}

type Draw = { rate: tf.Tensor; seed: tf.Tensor };
type Restore = (images: tf.Tensor, draw?: Draw) => tf.Tensor;

/** Table of the paper's figure 3: 7x7, two of stride 2, residual blocks, two transposed, 7x7; NHWC to NHWC. */
function generator(scope: Scope, { width, blocks: depth }: DeblurGanConfig): Restore {
  const model = scope.at("model");
  const last = 16 + depth;
  const conv1 = conv2d(model.at(1), 3, width, { kernel: 7, ...initial });
  const down = { kernel: 3, stride: 2, padding: 1, ...initial };
  const down1 = conv2d(model.at(4), width, 2 * width, down);
  const down2 = conv2d(model.at(7), 2 * width, 4 * width, down);
  const blocks = Array.from({ length: depth }, (_, index) => residualBlock(model.at(10 + index), 4 * width));
  const up = { ...down, outputPadding: 1 };
  const up1 = convTranspose2d(model.at(last - 6), 4 * width, 2 * width, up);
  const up2 = convTranspose2d(model.at(last - 3), 2 * width, width, up);
  const conv2 = conv2d(model.at(last + 1), width, 3, { kernel: 7, ...initial });
  const normalised = (x: tf.Tensor) => tf.relu(instanceNorm(x));

  return (images, draw) => {
    const shown = (name: string, x: tf.Tensor) => show(scope, name, x);
    let x = shown("conv1", normalised(conv1(reflectPad(images, 3))));
    x = shown("down1", normalised(down1(x)));
    x = shown("down2", normalised(down2(x)));
    for (const [index, block] of blocks.entries())
      // Another seed in each block, far from the seeds of the steps around.
      x = shown(`block${index + 1}`, block(x, draw && { ...draw, seed: tf.add(draw.seed, seedOf(index)) }));
    x = shown("up1", normalised(up1(x)));
    x = shown("up2", normalised(up2(x)));
    const residual = shown("residual", tf.tanh(conv2(reflectPad(x, 3))));
    return tf.clipByValue(tf.add(images, residual), -1, 1);
  };
}

/** Dropout lies between the two convolutions, which is why the second one is number 6. */
function residualBlock(scope: Scope, channels: number) {
  const block = scope.at("conv_block");
  const conv1 = conv2d(block.at(1), channels, channels, { kernel: 3, ...initial });
  const conv2 = conv2d(block.at(6), channels, channels, { kernel: 3, ...initial });
  return (x: tf.Tensor, draw?: Draw) => {
    const first = tf.relu(instanceNorm(conv1(reflectPad(x, 1))));
    const kept = draw ? dropout(first, draw.rate, draw.seed) : first;
    return tf.add(x, instanceNorm(conv2(reflectPad(kept, 1))));
  };
}

interface Parts {
  restore: Restore;
  critic: (x: tf.Tensor) => tf.Tensor[];
  features: (x: tf.Tensor) => tf.Tensor;
  updateGenerator: ReturnType<typeof adam>;
  config: DeblurGanConfig;
}

function adversarialStep(scope: Scope, parts: Parts) {
  const { restore, features, updateGenerator, config } = parts;
  const critic = (x: tf.Tensor) => parts.critic(x).at(-1)!;
  const ofGenerator = scope.at("generator").trainable();
  const ofCritic = scope.at("critic").trainable();
  const updateCritic = adam(scope, ofCritic, config.optimizer);

  /** Fake and real are constants here: the generator gets no gradient from the critic's loss. */
  function criticLosses(fake: tf.Tensor, real: tf.Tensor, share: tf.Tensor) {
    const fakeMean = tf.mean(critic(fake));
    const realMean = tf.mean(critic(real));
    const wasserstein = tf.sub(fakeMean, realMean);
    const penalty = tf.mul(gradientPenalty(critic, real, fake, share, scope), penaltyWeight);
    return { total: tf.add(wasserstein, penalty), wasserstein, penalty, fakeMean, realMean };
  }

  function generatorLosses(restored: tf.Tensor, target: tf.Tensor) {
    const adversarial = tf.neg(tf.mean(critic(restored)));
    const contentMse = meanSquaredError(features(restored), target);
    const content = tf.mul(contentMse, contentWeight);
    return { total: tf.add(adversarial, content), adversarial, content, contentMse };
  }

  return (inputs: Tensors): Tensors => {
    const { blurred, sharp, alpha, seed, dropout: rate, learningRate, step } = inputs as Required<Tensors>;
    const input = toNhwc(blurred!);
    const real = toNhwc(sharp!);
    const target = features(real);
    const forward = () => restore(input, { rate: rate!, seed: seed! });
    const shares = tf.unstack(alpha!);
    // What checks look at: the objective before the critic moves.
    if (scope.tapping) {
      const before = gradients(() => generatorLosses(forward(), target), ofGenerator, scope);
      showLosses(scope, "generator", before.losses);
    }

    const critics: Tensors = {};
    const { losses, gradients: byGenerator } = gradients(
      () => {
        const restored = forward();
        const fake = detach(restored);
        for (const [k, share] of shares.entries()) {
          const update = gradients(() => criticLosses(fake, real, share), ofCritic, scope);
          showLosses(scope, "critic", update.losses);
          const count = tf.add(tf.mul(tf.sub(step!, 1), criticUpdates), k + 1);
          updateCritic(update.gradients, { learningRate: learningRate!, step: count });
          const { total, wasserstein, penalty } = update.losses;
          for (const [name, value] of Object.entries({ total, wasserstein, penalty }))
            critics[`critic.${k}.${name}`] = tf.keep(value);
        }
        return generatorLosses(restored, target);
      },
      // As in the official code the backward pass reaches the critic's weights too, though nothing uses those gradients.
      [...ofGenerator, ...ofCritic],
      scope,
    );
    updateGenerator(byGenerator, { learningRate: learningRate!, step: step! });
    const { total, adversarial, content } = losses;
    return {
      "generator.content": content,
      "generator.adversarial": adversarial,
      "generator.total": total,
      ...critics,
    };
  };
}

/** Layer outputs as the official code has them. */
function show(scope: Scope, name: string, x: tf.Tensor): tf.Tensor {
  if (scope.tapping) scope.tap(name, toNchw(x));
  return x;
}

function showLosses(scope: Scope, network: string, losses: Tensors): void {
  for (const [name, value] of Object.entries(losses)) scope.tap(`losses/${network}.${name}`, value);
}

const seedOf = (block: number): tf.Tensor => tf.scalar(Math.imul(block + 1, 0x9e3779b1), "int32");

function tensor(name: string, shape: number[], dtype: TensorSpec["dtype"] = "float32"): TensorSpec {
  return { name, shape, dtype };
}
