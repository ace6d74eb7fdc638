import type { Recipe } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

const repository = "github.com/VITA-Group/DeblurGANv2";

/** About 10,000 pairs out of GoPro, DVD and NFS, 150 epochs at one rate and 150 down to 1e-7, batch 1. */
export const v2Recipe: Recipe = {
  dataset: "GoPro, DVD (every 2nd frame) and NFS (every 10th)",
  samplesPerEpoch: 10_000,
  epochs: 300,
  batch: 1,
  steps: 3_000_000,
  gpus: null,
  reportedHours: null,
  precision: "fp32",
  sources: [
    `${repository} issues 87 (which frames), 52 (about 10,000 pairs), 102 (loss weights), 78 (the code's epochs differ from the paper's)`,
    `${repository} at 00e96a9, config.yaml, train.py and losses.py (batch, crop, optimizer, order of updates)`,
    "DeblurGAN-v2 paper (arXiv 1908.03826): epochs as remembered, its text was not at hand",
  ],
  notes:
    "A step is one update of both discriminators and one of the generator. Backbone frozen for the first 3 epochs, as bench train does it. The repository's own schedule is 200 epochs of 1000 steps (override schedule: repository).",
};

/** By the name that a request may give. */
export const v2Schedules = {
  paper: { rate: 1e-4, last: 1e-7, constant: 150, decay: 150, stepsPerEpoch: 10_000 },
  repository: { rate: 1e-4, last: 1e-7, constant: 50, decay: 200, stepsPerEpoch: 1000 },
} as const satisfies Record<string, Schedule>;
