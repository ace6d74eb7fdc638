import { defineModel, type Model } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configure, type DeepLensConfig } from "./config.ts";
import { depthPairs } from "./dataset.ts";
import { deepLens } from "./deeplens.ts";
import { refocus } from "./photo.ts";
import { depthRecipe, jointRecipe } from "./recipes.ts";

const full: DeepLensConfig = {
  part: "pipeline",
  depthSide: 320,
  infer: [
    [240, 320],
    [480, 640],
    [960, 1280],
  ],
  train: [
    [320, 320],
    [640, 640],
  ],
  levels: ["low", "mid"],
  width: 64,
  blocks: [3, 4, 6],
  upsamplingWidth: 32,
  features: [30, 15],
  segmentation: false,
  dropout: 0.05,
  objective: "paper",
  weightDecay: 5e-4,
  optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 1e-4,
  blurRadius: 8,
};

const tiny: DeepLensConfig = {
  ...full,
  depthSide: 64,
  infer: [
    [6, 8],
    [12, 16],
    [24, 32],
  ],
  train: [
    [8, 8],
    [16, 16],
  ],
  width: 2,
  blocks: [1, 1, 2],
  upsamplingWidth: 4,
  features: [6, 3],
  learningRate: 3e-3,
  blurRadius: 2,
};

const depthOf = (config: DeepLensConfig): DeepLensConfig => ({ ...config, part: "depth", segmentation: true });

const shared = { build: deepLens, configure, makeBatch, goldenBatch, data: depthPairs };

export const models: Model<DeepLensConfig>[] = [
  defineModel<DeepLensConfig>({
    ...shared,
    id: "deeplens",
    title: "DeepLens (lens blur, guided upsampling)",
    configs: { tiny, full },
    workloads: {
      // The whole pyramid and a joint step on small images: the depth network's 320 pixels are most of the inference.
      small: {
        train: { batch: 1, build: { shapes: { "batch.low": [1, 3, 64, 64], "batch.mid": [1, 3, 128, 128] } } },
        infer: {
          batch: 1,
          build: { overrides: { scale: 4 }, shapes: { image: [1, 3, 256, 256], focalPoint: [1, 2] } },
        },
      },
      paper: { train: 16, infer: 1 },
    },
    recipe: jointRecipe,
    photo: refocus,
  }),
  defineModel<DeepLensConfig>({
    ...shared,
    id: "deeplens-depth",
    // The released network has no foreground head; its file holds the other networks too.
    checkpoint: { lacks: /\/Depth\/seg_/, others: /\/(Lensblur|Feature|SR)\// },
    title: "DeepLens (depth, foreground)",
    configs: { tiny: depthOf(tiny), full: depthOf(full) },
    // Batch norm needs two images: the coarsest pooling leaves one number of each.
    workloads: { small: { train: 2, infer: 1 }, paper: { train: 16, infer: 1 } },
    recipe: depthRecipe,
  }),
];
