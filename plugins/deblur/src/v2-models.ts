import { defineModel, type Model } from "@epochmark/plugin-kit";
import { augmentedPairs } from "./dataset.ts";
import { deblurGanV2, generatorMemory } from "./deblurgan-v2.ts";
import type { PyramidConfig } from "./fpn.ts";
import { inceptionBlocks } from "./inception-resnet-v2.ts";
import { mobileNetBlocks } from "./mobilenet-v2.ts";
import { deblurPhotograph } from "./photo.ts";
import { goldenV2Batch, makeV2Batch } from "./v2-batch.ts";
import { configureV2, type DeblurGanV2Config, sidesOf } from "./v2-config.ts";
import { v2Recipe, v2Schedules } from "./v2-recipes.ts";

const inception: PyramidConfig = {
  backbone: "inception-resnet-v2",
  separable: false,
  narrow: 1,
  blocks: inceptionBlocks,
  pyramidWidth: 256,
  headWidth: 128,
};
const mobilenet: PyramidConfig = {
  backbone: "mobilenet-v2",
  separable: false,
  narrow: 1,
  blocks: mobileNetBlocks,
  pyramidWidth: 128,
  headWidth: 64,
};

/** The three generators of the paper, each with the same two discriminators. */
export const v2Models: Model<DeblurGanV2Config>[] = [
  model("inception", "Inception-ResNet-v2", inception, { narrow: 16, blocks: [1, 1] }),
  model("mobilenet", "MobileNet", mobilenet, { narrow: 8, blocks: [1, 1, 1, 1, 1, 1] }),
  model("mobilenet-dsc", "MobileNet-DSC", { ...mobilenet, separable: true }, { narrow: 8, blocks: [1, 1, 1, 1, 1, 1] }),
];

function model(
  name: string,
  title: string,
  pyramid: PyramidConfig,
  cut: Pick<PyramidConfig, "narrow" | "blocks">,
): Model<DeblurGanV2Config> {
  const full: DeblurGanV2Config = {
    ...pyramid,
    inferImage: [256, 256],
    trainImage: [256, 256],
    whole: false,
    discriminatorWidth: 64,
    perceptualWidth: 64,
    objective: "ragan-ls",
    frozenBackbone: false,
    blurLength: 60,
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: v2Schedules.paper,
  };
  const { smallest } = sidesOf(full);
  const tiny: DeblurGanV2Config = {
    ...full,
    ...cut,
    inferImage: [smallest, smallest],
    trainImage: [smallest, smallest],
    pyramidWidth: 4,
    headWidth: 2,
    discriminatorWidth: 2,
    perceptualWidth: 2,
    blurLength: 12,
    schedule: { ...v2Schedules.paper, rate: 1e-3 },
  };
  const crop = [1, 3, 128, 128];
  const small = { "batch.blurred": crop, "batch.sharp": crop };
  return defineModel<DeblurGanV2Config>({
    id: `deblurgan-v2-${name}`,
    title: `DeblurGAN-v2 ${title}`,
    configs: { tiny, full },
    build: deblurGanV2,
    configure: configureV2,
    makeBatch: makeV2Batch,
    goldenBatch: goldenV2Batch,
    workloads: { small: { train: { batch: 1, build: { shapes: small } }, infer: 1 }, paper: { train: 1, infer: 1 } },
    recipe: v2Recipe,
    // As in the official code: then a new optimizer for the generator; the discriminators' goes on.
    stages: { first: [{ epochs: 3, overrides: { frozenBackbone: true } }], restarts: generatorMemory },
    photo: deblurPhotograph(sidesOf),
    data: augmentedPairs,
  });
}
