import type { BuildRequest } from "@epochmark/plugin-kit";
import { type AdamConstants, adamConstants, type ImageSize, imageSizes, type Sides, wholeNumbers } from "./requests.ts";
import type { Schedule } from "./schedule.ts";

/** A DeblurGAN and how it is trained. */
export interface DeblurGanConfig {
  /** Sides of the images of inference and of the training crop: see `sides`. */
  inferImage: ImageSize;
  trainImage: ImageSize;
  /** Channels of the generator's first layer (official: ngf) and of the critic's (ndf). */
  width: number;
  criticWidth: number;
  /** Residual blocks of the generator. */
  blocks: number;
  /** Channels of the perceptual network's first layer. */
  perceptualWidth: number;
  /** Rate in training. */
  dropout: number;
  /** Largest length of the motion that blurs a made-up training pair, in pixels. */
  blurLength: number;
  /** `mean-square`: the generator alone, trained for the mean of (restored - sharp)². */
  objective: "paper" | "mean-square";
  /** Size of a sharp image that inference has the critic judge, where one is asked for. */
  judgeSharp?: ImageSize;
  optimizer: AdamConstants;
  schedule: Schedule;
}

/** Two halvings; the borders of the residual blocks mirror the next pixel but one. */
export const sides: Sides = { multiple: 4, smallest: 8 };

/** Settings that a request may change, with the official names. */
const adjustable = {
  ngf: "width",
  ndf: "criticWidth",
  width: "width",
  criticWidth: "criticWidth",
  blocks: "blocks",
  perceptualWidth: "perceptualWidth",
  blurLength: "blurLength",
} as const;

/** The config that `request` asks for. @throws naming what cannot be built */
export function configure(config: DeblurGanConfig, request: BuildRequest): DeblurGanConfig {
  const { part, trainObjective } = request;
  if (part) throw new Error(`DeblurGAN has no part "${part}": leave the part out`);
  if (trainObjective !== undefined && trainObjective !== "mean-square")
    throw new Error(
      `DeblurGAN cannot train for "${trainObjective}": leave it out for the paper's losses, or mean-square`,
    );
  return {
    ...config,
    ...wholeNumbers("DeblurGAN", request.overrides ?? {}, adjustable),
    objective: trainObjective ?? config.objective,
    ...imageSizes(request, sides),
    optimizer: adamConstants("DeblurGAN", config.optimizer, request.optimizer),
  };
}
