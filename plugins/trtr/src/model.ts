import { defineModel, type Recipe } from "@epochmark/plugin-kit";
import { goldenBatch, makeBatch } from "./batch.ts";
import { configure, onlineLayers, type TrTrConfig } from "./config.ts";
import { video } from "./track/tracker.ts";
import { sequences } from "./sequences.ts";
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
  edges: "none",
  onlinePart: "update",
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
  online: {
    layers: onlineLayers,
    cells: null,
    memory: 250,
    filterChannels: 64,
    filterSize: 4,
    filterSteps: 5,
    newtonSteps: 6,
    gradientSteps: 10,
  },
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
  online: { ...full.online, memory: 6, filterChannels: 4, newtonSteps: 2, gradientSteps: 3 },
  schedule: { ...full.schedule, peak: 3e-3 },
};

/** Half the paper's sides, a quarter of its pixels. */
const pairOfHalfSides = {
  batch: 1,
  build: { shapes: { "batch.template": [1, 3, 63, 63], "batch.search": [1, 3, 127, 127] } },
};

/** Ten frames' samples, of search images of 280 pixels as in most of the official benchmarks. */
const update = { batch: 10, build: { shapes: { labels: [10, 17, 17] } } };

export const model = defineModel<TrTrConfig>({
  id: "trtr",
  title: "TrTr (ResNet-50, offline)",
  configs: { full, tiny },
  build: trtr,
  configure,
  makeBatch,
  goldenBatch,
  // A tracker sees one frame at a time, on any machine, and updates its filter every ten.
  workloads: {
    small: { train: pairOfHalfSides, infer: 1, online: update },
    paper: { train: batch, infer: 1, online: update },
  },
  recipe,
  video,
  data: sequences,
});

/** The first frame's fit is long and done once a video: a step of its own. */
export const firstFrame = defineModel<TrTrConfig>({
  ...model,
  id: "trtr-first-frame",
  title: "TrTr's online part, fit of the first frame",
  configs: { full: { ...full, onlinePart: "first-frame" }, tiny: { ...tiny, onlinePart: "first-frame" } },
  // All 30 transformed crops; a CPU takes a second or two for 8.
  workloads: {
    small: { online: { batch: 8, build: { shapes: { labels: [8, 17, 17] } } } },
    paper: { online: { batch: 30, build: { shapes: { labels: [30, 17, 17] } } } },
  },
  recipe: null,
  video: undefined,
});
