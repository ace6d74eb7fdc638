import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { makePairs, type Pairs } from "./pairs.ts";
import { learningRateAt } from "./schedule.ts";
import type { DeblurGanV2Config } from "./v2-config.ts";

/** One share of the gradient penalty a discriminator. */
export const shares = 2;

/** Host arrays of one step: blurred (and in training sharp) images, rate and step; for wgan-gp the penalty's shares. */
export async function makeV2Batch(config: DeblurGanV2Config, request: BatchRequest): Promise<Arrays> {
  const { phase, random, step = 1 } = request;
  const pairs = await makePairs(config, request);
  return phase === "train" ? v2TrainingBatch(config, pairs, { random, step }) : { blurred: pairs.blurred };
}

/** The train inputs for pairs, with what the step draws. */
export function v2TrainingBatch(
  config: DeblurGanV2Config,
  { blurred, sharp }: Pairs,
  { random, step }: { random: Random; step: number },
): Arrays {
  return {
    blurred,
    sharp,
    ...(config.objective === "wgan-gp" && { alpha: Float32Array.from({ length: shares }, () => random.uniform()) }),
    learningRate: Float32Array.of(learningRateAt(config.schedule, step)),
    step: Float32Array.of(step),
  };
}

/** The train inputs for a golden file's `batch.blurred` and `batch.sharp`; for wgan-gp step i takes shares 2 (i - 1) and the next, the last one past the end. */
export function goldenV2Batch(config: DeblurGanV2Config, batch: Arrays, learningRate: number, step: number): Arrays {
  const { "batch.blurred": blurred, "batch.sharp": sharp, "batch.alpha": alpha } = batch;
  const drawn = config.objective === "wgan-gp";
  if (!blurred || !sharp || (drawn && !alpha))
    throw new Error(
      `DeblurGAN-v2's training batch needs batch.blurred${drawn ? ", batch.sharp and batch.alpha" : " and batch.sharp"}, not ${Object.keys(batch).join(", ")}`,
    );
  const first = shares * (step - 1);
  return {
    blurred,
    sharp,
    ...(drawn && {
      alpha: Float32Array.from({ length: shares }, (_, k) => alpha![Math.min(first + k, alpha!.length - 1)]!),
    }),
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  };
}
