import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import type { DeblurGanConfig } from "./config.ts";
import { criticUpdates } from "./deblurgan.ts";
import { makePairs, type Pairs } from "./pairs.ts";
import { learningRateAt } from "./schedule.ts";

/** Host arrays of one step: blurred (and in training sharp) images, the penalty's shares, the dropout seed, rate and step. */
export async function makeBatch(config: DeblurGanConfig, request: BatchRequest): Promise<Arrays> {
  const { phase, random, step = 1 } = request;
  const pairs = await makePairs(config, request);
  return phase === "train" ? trainingBatch(config, pairs, { random, step }) : { blurred: pairs.blurred };
}

/** The train inputs for pairs, with what the step draws. */
export function trainingBatch(
  config: DeblurGanConfig,
  { blurred, sharp }: Pairs,
  { random, step }: { random: Random; step: number },
): Arrays {
  return {
    blurred,
    sharp,
    ...(config.objective === "paper" && {
      alpha: Float32Array.from({ length: criticUpdates }, () => random.uniform()),
    }),
    seed: Int32Array.of(random.uint32() | 0),
    dropout: Float32Array.of(config.dropout),
    learningRate: Float32Array.of(learningRateAt(config.schedule, step)),
    step: Float32Array.of(step),
  };
}

/**
 * The train inputs for a golden file's `batch.blurred`, `batch.sharp` and `batch.alpha`, dropout off. Update k of
 * iteration i takes share 5 (i - 1) + k; past the end the last one stands.
 */
export function goldenBatch(config: DeblurGanConfig, batch: Arrays, learningRate: number, step: number): Arrays {
  const { "batch.blurred": blurred, "batch.sharp": sharp, "batch.alpha": alpha } = batch;
  if (!blurred || !sharp || (config.objective === "paper" && !alpha))
    throw new Error(
      `DeblurGAN's training batch needs batch.blurred, batch.sharp and batch.alpha, not ${Object.keys(batch).join(", ")}`,
    );
  const first = criticUpdates * (step - 1);
  return {
    blurred,
    sharp,
    ...(alpha && {
      alpha: Float32Array.from({ length: criticUpdates }, (_, k) => alpha[Math.min(first + k, alpha.length - 1)]!),
    }),
    seed: Int32Array.of(0),
    dropout: Float32Array.of(0),
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  };
}
