import type { Recipe } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

const imagenet = { dataset: "ImageNet-1k", samplesPerEpoch: 1_281_167, precision: "AMP (fp16 autocast, loss scaling)" };
const paper = "DeiT paper (arXiv 2012.12877)";
const repository = "github.com/facebookresearch/deit";

/** From scratch at 224: 300 epochs at a global batch of 1024, last partial batch dropped. */
const fromScratch = { ...imagenet, epochs: 300, batch: 1024, steps: 375_300 };
/** Fine-tuning 224 -> 384: 25 epochs at a global batch of 512. */
const fineTuned = { ...imagenet, epochs: 25, batch: 512, steps: 62_550 };

const fourGpus: Recipe = {
  ...fromScratch,
  gpus: { count: 4, name: "not stated" },
  reportedHours: null,
  sources: [`${paper}, table 9 and section 6`, `${repository}, README: one node, 4 GPUs, batch 256 each`],
  notes: "The paper says less than 3 days on 4 GPUs: a bound, no figure.",
};

const tunedByAnalogy: Recipe = {
  ...fineTuned,
  gpus: null,
  reportedHours: null,
  sources: [`${paper}, section 6 (fine-tuning of DeiT-B)`],
  notes: "DeiT publishes fine-tuning at 384 for size B only; the same recipe is applied here.",
};

/** How the DeiT authors train each size; null figures where they published none. */
export const recipes = {
  tiny224: fourGpus,
  small224: fourGpus,
  base224: {
    ...fromScratch,
    gpus: { count: 8, name: "V100 32 GB" },
    reportedHours: 53,
    sources: [`${paper}, table 9 and section 6`, `${repository}, issues 21 (GPU type) and 77 (8 GPUs, batch 128 each)`],
    notes: "37 h on two nodes of 8 GPUs, the repository's own command: 16 GPUs, batch 64 each.",
  },
  large224: {
    ...fromScratch,
    gpus: null,
    reportedHours: null,
    sources: [`${paper}, table 9`],
    notes:
      "DeiT does not train size L: its recipe is applied here. The ViT paper (arXiv 2010.11929, table 2) gives 0.23k TPUv3-core-days for L/16 on ImageNet-21k.",
  },
  tiny384: tunedByAnalogy,
  small384: tunedByAnalogy,
  base384: {
    ...fineTuned,
    gpus: { count: 8, name: "V100 32 GB" },
    reportedHours: 20,
    sources: [`${paper}, section 6`, `${repository}, issue 21 (GPU type)`],
    notes: "25 epochs in the paper, 30 in the repository.",
  },
  large384: tunedByAnalogy,
} satisfies Record<string, Recipe>;

/** 5e-4 × 1024 / 512 at the peak, cosine to 1e-5, warm-up of 5 epochs from 1e-6. */
export const scratchSchedule: Schedule = {
  peak: 1e-3,
  floor: 1e-5,
  epochs: 300,
  stepsPerEpoch: 1251,
  warmupFrom: 1e-6,
  warmupEpochs: 5,
};

export const tuningSchedule = constantRate(5e-6);

export function constantRate(rate: number): Schedule {
  return { peak: rate, floor: rate, epochs: 1, stepsPerEpoch: 1, warmupFrom: rate, warmupEpochs: 0 };
}
