import type { Recipe } from "@epochmark/plugin-kit";
import type { Schedule } from "./schedule.ts";

const paper = "DeblurGAN paper (arXiv 1711.07064)";
const repository = "github.com/KupynOrest/DeblurGAN at dd9e940";

/** The WILD model: 1,000 GoPro images, 150 epochs at one rate and 150 down to zero, batch 1. */
export const deblurGanRecipe: Recipe = {
  dataset: "GoPro (WILD: 1,000 training images)",
  samplesPerEpoch: 1000,
  epochs: 300,
  batch: 1,
  steps: 300_000,
  gpus: { count: 1, name: "GTX Titan X (Maxwell)" },
  reportedHours: 144,
  precision: "fp32",
  sources: [
    `${paper}, section 5 (6 days, one Titan X; 150 + 150 epochs; batch 1)`,
    `${repository}, options and train.py`,
  ],
  notes:
    "A step is one iteration: five critic updates and one generator update. Section 6.1 counts 2,103 GoPro pairs; section 5 trains on 1,000.",
};

export const deblurGanSchedule: Schedule = { rate: 1e-4, last: 0, constant: 150, decay: 150, stepsPerEpoch: 1000 };
