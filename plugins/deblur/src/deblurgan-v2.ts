import { detach, type Network, type Scope, type State, type TensorSpec, tf, type Tensors } from "@epochmark/plugin-kit";
import { adam, gradients, meanSquaredError, type Optimizer, toNchw, toNhwc, zeros } from "@epochmark/plugin-kit/nn";
import { type Modes, pyramidGenerator, type Restore } from "./fpn.ts";
import { type Judge, judge } from "./judge.ts";
import { shares } from "./v2-batch.ts";
import type { DeblurGanV2Config } from "./v2-config.ts";
import { vgg19 } from "./vgg19.ts";

const pixelWeight = 0.5;
const perceptualWeight = 0.006;
const adversarialWeight = 0.01;

/** Mean and deviation of ImageNet's channels, for pixels in [0, 1]. */
const imagenet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

const training: Modes = { batch: "train", instance: "train" };
/** The official inference keeps the network in train mode: every norm by what is before it. */
const own: Modes = { batch: "own", instance: "own" };

/** Names of what the generator's optimizer remembers. */
export const generatorMemory = /\/generator\.|^generator\.updates$/;

/**
 * DeblurGAN-v2 (Kupyn et al., ICCV 2019). Images are NCHW in [-1, 1], sides divisible by 32. Parameters carry the official
 * names behind `generator.`, `patch.` and `full.` (the two discriminators) and (fixed) `vgg.`. Inference: `blurred` ->
 * `restored`, norms by the image's own statistics as in the official code; with `sharp` asked for, `patchMap` and `fullMap`
 * = the discriminators' scores of it. Checks also see `restored.storedBatchNorm` and `restored.allStored`.
 * Train, one iteration of the official code: one generator forward, one update of both discriminators, one generator
 * update through the same forward pass and the updated discriminators. Inputs `blurred`, `sharp`, `learningRate`, `step` (and
 * `alpha` [2] for wgan-gp) -> the losses, `generator.pixelMse` first: the one that must fall, because the adversarial ones
 * are each other's opponents.
 */
export function deblurGanV2(scope: Scope, config: DeblurGanV2Config): Network {
  const adversarial = config.objective !== "mean-square" || config.judgeSharp !== undefined;
  const restore = pyramidGenerator(scope.at("generator"), config);
  const judges = adversarial
    ? [
        judge(scope, "patch", { width: config.discriminatorWidth, layers: 3, objective: config.objective }),
        judge(scope, "full", { width: config.discriminatorWidth, layers: 5, objective: config.objective }),
      ]
    : [];
  const features = adversarial ? vgg19(scope.at("vgg"), config.perceptualWidth) : undefined;
  const ofGenerator = scope
    .at("generator")
    .trainable()
    .filter(({ spec }) => !config.frozenBackbone || !/\.fpn\.(features|inception)\./.test(spec.name));
  const update = adam(scope, ofGenerator, config.optimizer);
  // Its own count: the generator's optimizer is a new one when the backbone is set free, the discriminators' is not.
  const updates = scope.at("generator").memory("updates", [], zeros);
  const updateGenerator: Optimizer = (byParameter, { learningRate }) => {
    updates.assign(tf.add(updates.value, 1));
    update(byParameter, { learningRate, step: updates.value });
  };

  const image = (name: string, batch: number, [height, width]: readonly [number, number]) =>
    tensor(name, [batch, 3, height, width]);
  const pair = (batch: number) => [
    image("blurred", batch, config.trainImage),
    image("sharp", batch, config.trainImage),
  ];
  const progress = [tensor("learningRate", []), tensor("step", [])];
  return {
    infer: {
      ...(!config.judgeSharp && !config.whole && { networks: ["generator"] }),
      inputs: (batch) => [
        image("blurred", batch, config.inferImage),
        ...(config.judgeSharp ? [image("sharp", batch, config.judgeSharp)] : []),
      ],
      run({ blurred, sharp }): Tensors {
        const images = toNhwc(blurred!);
        const restored = toNchw(restore(images, own, scope));
        if (scope.tapping) showStored(scope, restore, images);
        if (!sharp || !features) return { restored };
        if (scope.tapping) scope.tap("vggConv3_3", toNchw(features(normalised(toNhwc(sharp)))));
        const maps = judges.map(({ name, scores }) => [`${name}Map`, toNchw(scores(toNhwc(sharp), "own"))]);
        return { restored, ...Object.fromEntries(maps) };
      },
    },
    train:
      features && config.objective !== "mean-square"
        ? {
            inputs: (batch) => [
              ...pair(batch),
              ...(config.objective === "wgan-gp" ? [tensor("alpha", [shares])] : []),
              ...progress,
            ],
            run: adversarialStep(scope, { restore, judges, features, ofGenerator, updateGenerator, config }),
          }
        : {
            inputs: (batch) => [...pair(batch), ...progress],
            run(inputs) {
              const { blurred, sharp, learningRate, step } = inputs as Required<Tensors>;
              const total = () => ({
                total: meanSquaredError(restore(toNhwc(blurred!), training), toNhwc(sharp!)),
              });
              const result = gradients(total, ofGenerator, scope);
              updateGenerator(result.gradients, { learningRate: learningRate!, step: step! });
              return result.losses;
            },
          },
  };
}

interface Parts {
  restore: Restore;
  judges: Judge[];
  features: (x: tf.Tensor) => tf.Tensor;
  ofGenerator: State[];
  updateGenerator: Optimizer;
  config: DeblurGanV2Config;
}

function adversarialStep(scope: Scope, parts: Parts) {
  const { restore, judges, features, ofGenerator, updateGenerator, config } = parts;
  const ofJudges = judges.flatMap(({ name }) => scope.at(name).trainable());
  const updateJudges = adam(scope, ofJudges, config.optimizer);

  /** Fake and real are constants here: the generator gets no gradient from the discriminators' loss. */
  function judgeLosses(fake: tf.Tensor, real: tf.Tensor, alpha: readonly tf.Tensor[]) {
    const [patch, full] = judges.map((one, index) => one.loss(fake, real, alpha[index])) as [tf.Tensor, tf.Tensor];
    return { patch, full, total: half(tf.add(patch, full)) };
  }

  function generatorLosses(restored: tf.Tensor, real: tf.Tensor, target: tf.Tensor, mode: "train" | "own") {
    const [patch, full] = judges.map((one) => one.deceived(restored, real, mode)) as [tf.Tensor, tf.Tensor];
    const adversarial = half(tf.add(patch, full));
    const image = normalised(restored);
    const pixelMse = meanSquaredError(image, normalised(real));
    const perceptualMse = meanSquaredError(features(image), target);
    const total = tf.addN([
      tf.mul(pixelMse, pixelWeight),
      tf.mul(perceptualMse, perceptualWeight),
      tf.mul(adversarial, adversarialWeight),
    ]);
    return { pixelMse, perceptualMse, adversarialPatch: patch, adversarialFull: full, adversarial, total };
  }

  return (inputs: Tensors): Tensors => {
    const { blurred, sharp, alpha, learningRate, step } = inputs as Required<Tensors>;
    const input = toNhwc(blurred!);
    const real = toNhwc(sharp!);
    const target = features(normalised(real));
    const alphas = alpha ? tf.unstack(alpha) : [];
    const scalars = { learningRate: learningRate!, step: step! };

    let judged: Tensors = {};
    const { losses, gradients: byGenerator } = gradients(
      () => {
        const restored = restore(input, training);
        const fake = detach(restored);
        const update = gradients(() => judgeLosses(fake, real, alphas), ofJudges, scope);
        judged = named("discriminator", update.losses);
        for (const loss of Object.values(judged)) tf.keep(loss);
        // What checks look at: the generator's objective before the discriminators move.
        if (scope.tapping) {
          const before = () => generatorLosses(restore(input, own), real, target, "own");
          const { losses: untouched } = gradients(before, ofGenerator, scope);
          for (const [name, loss] of Object.entries(named("generator", untouched))) scope.tap(`losses/${name}`, loss);
        }
        updateJudges(update.gradients, scalars);
        return generatorLosses(restored, real, target, "train");
      },
      // As in the official code the backward pass reaches the discriminators' weights too, though nothing uses those gradients.
      [...ofGenerator, ...ofJudges],
      scope,
    );
    updateGenerator(byGenerator, scalars);
    return { ...named("generator", losses), ...judged };
  };
}

/** The two other ways to run the network: batch norms by their stored statistics, then the instance norms too. */
function showStored(scope: Scope, restore: Restore, images: tf.Tensor): void {
  scope.tap("restored.storedBatchNorm", toNchw(restore(images, { batch: "stored", instance: "own" })));
  scope.tap("restored.allStored", toNchw(restore(images, { batch: "stored", instance: "stored" })));
}

/** NHWC in [-1, 1] as the networks trained on ImageNet take it; every image of the batch, not the first alone as in the official code. */
function normalised(x: tf.Tensor): tf.Tensor {
  const { mean, deviation } = imagenet;
  // ((x + 1) / 2 - mean) / deviation in one factor and one shift.
  const factor = deviation.map((d) => 1 / (2 * d));
  const shift = mean.map((m, channel) => (0.5 - m) / deviation[channel]!);
  return tf.add(tf.mul(x, tf.tensor1d(factor)), tf.tensor1d(shift));
}

const half = (x: tf.Tensor): tf.Tensor => tf.mul(x, 0.5);

function named(network: string, losses: Tensors): Tensors {
  return Object.fromEntries(Object.entries(losses).map(([name, loss]) => [`${network}.${name}`, loss]));
}

function tensor(name: string, shape: number[], dtype: TensorSpec["dtype"] = "float32"): TensorSpec {
  return { name, shape, dtype };
}
