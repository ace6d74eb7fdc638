import { defineModel, type Recipe } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configure, type TrTrConfig } from "./config.ts";
import { trtr } from "./trtr.ts";

const repository = "github.com/tongtybj/TrTr at 7aee24a";
const [samplesPerEpoch, batch, epochs] = [540_000, 64, 20];
const stepsPerEpoch = Math.floor(samplesPerEpoch / batch);

const recipe: Recipe = {
  dataset: "YouTube-BB, ImageNet-VID, COCO, LaSOT and GOT-10k, in pairs of frames",
  samplesPerEpoch,
  epochs,
  batch,
  steps: epochs * stepsPerEpoch,
  gpus: null,
  reportedHours: null,
  precision: "fp32",
  sources: [
    `${repository}, main.py: AdamW, epochs, batch of one process`,
    `${repository}, parameters/train/default.yaml: samples drawn from each dataset`,
  ],
  notes:
    "About 297k pairs an epoch come from four datasets of stated size; YouTube-BB adds one a video that could still be downloaded, about 240k. The repository names neither the GPUs nor the hours of its training.",
};

const full: TrTrConfig = {
  inference: "tracked",
  template: 127,
  search: 255,
  trainSearch: 255,
  backboneWidth: 64,
  bottlenecks: [3, 4, 6],
  frozenBatchNormEpsilon: 1e-5,
  dim: 256,
  heads: 8,
  feedForward: 2048,
  encoderLayers: 1,
  normEpsilon: 1e-5,
  dropout: 0.1,
  optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-4, backboneRate: 0.1, clip: 0.1 },
  schedule: { peak: 1e-4, stepsPerEpoch, epochsPerHalving: 6 },
};

const tiny: TrTrConfig = {
  ...full,
  template: 31,
  search: 63,
  trainSearch: 63,
  backboneWidth: 4,
  bottlenecks: [1, 1, 2],
  dim: 32,
  heads: 4,
  feedForward: 64,
  schedule: { ...full.schedule, peak: 3e-3 },
};

export const model = defineModel<TrTrConfig>({
  id: "trtr",
  title: "TrTr (ResNet-50, offline)",
  configs: { full, tiny },
  build: trtr,
  configure,
  makeBatch,
  goldenBatch,
  // A tracker sees one frame at a time, on any machine.
  workloads: { small: { train: 1, infer: 1 }, paper: { train: batch, infer: 1 } },
  recipe,
});
