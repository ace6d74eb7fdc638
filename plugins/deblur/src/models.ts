import { defineModel, type Model } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configure, type DeblurGanConfig, sides } from "./config.ts";
import { halvedPairs } from "./dataset.ts";
import { deblurGan } from "./deblurgan.ts";
import { deblurPhotograph } from "./photo.ts";
import { deblurGanRecipe, deblurGanSchedule } from "./recipes.ts";

const full: DeblurGanConfig = {
  inferImage: [256, 256],
  trainImage: [256, 256],
  width: 64,
  criticWidth: 64,
  blocks: 9,
  perceptualWidth: 64,
  dropout: 0.5,
  blurLength: 60,
  objective: "paper",
  optimizer: { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 },
  schedule: deblurGanSchedule,
};

const tiny: DeblurGanConfig = {
  ...full,
  inferImage: [16, 16],
  trainImage: [16, 16],
  width: 4,
  criticWidth: 4,
  blocks: 2,
  perceptualWidth: 4,
  blurLength: 6,
};

const smallCrop = [1, 3, 48, 48];

export const models: Model<DeblurGanConfig>[] = [
  defineModel<DeblurGanConfig>({
    id: "deblurgan",
    title: "DeblurGAN",
    configs: { tiny, full },
    build: deblurGan,
    configure,
    makeBatch,
    goldenBatch,
    workloads: {
      small: {
        train: { batch: 1, build: { shapes: { "batch.blurred": smallCrop, "batch.sharp": smallCrop } } },
        infer: { batch: 1, build: { shapes: { blurred: [1, 3, 128, 128] } } },
      },
      paper: { train: 1, infer: 1 },
    },
    recipe: deblurGanRecipe,
    photo: deblurPhotograph(() => sides),
    data: halvedPairs,
  }),
];
