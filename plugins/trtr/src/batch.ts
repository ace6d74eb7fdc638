import type { Arrays, BatchRequest } from "@epochmark/plugin-kit";
import { normalImages } from "@epochmark/plugin-kit/data";
import { cellsOf, type TrTrConfig } from "./config.ts";
import { photographPairs, syntheticPairs } from "./pairs.ts";
import { learningRateAt } from "./schedule.ts";
import { makeTargets } from "./targets.ts";
import { dropouts } from "./trtr.ts";

/**
 * Host arrays of one step. Training: pairs, targets, dropout's rate and seeds, learning rate and step of the recipe. Inference:
 * the images that it takes; a memory is what a layer norm gives, standard normal numbers.
 */
export async function makeBatch(config: TrTrConfig, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const make = source === "photographs" ? photographPairs : syntheticPairs;
  if (phase === "train") {
    const { template, search, boxes, valid } = await make(config, batch, random);
    return {
      template,
      search,
      ...makeTargets(boxes, valid, config.trainSearch),
      dropout: Float32Array.of(config.dropout),
      seeds: Int32Array.from({ length: dropouts(config) }, () => random.uint32()),
      learningRate: Float32Array.of(learningRateAt(config.schedule, step)),
      step: Float32Array.of(step),
    };
  }
  const { template, search } = await make({ ...config, trainSearch: config.search }, batch, random);
  switch (config.inference) {
    case "template":
      return { template };
    case "pair":
      return { template, search };
    case "tracked":
      return { memory: normalImages(random, [batch, cellsOf(config.template) ** 2, config.dim]), search };
  }
}

/** The train inputs for a golden file's images, boxes and valid flags: no dropout, nothing random. */
export function goldenBatch(config: TrTrConfig, batch: Arrays, learningRate: number, step: number): Arrays {
  const { "batch.template": template, "batch.search": search, "batch.boxes": boxes, "batch.valid": valid } = batch;
  if (!template || !search || !boxes || !valid)
    throw new Error(
      `TrTr's training batch needs batch.template, batch.search, batch.boxes and batch.valid, not ${Object.keys(batch).join(", ")}`,
    );
  return {
    template,
    search,
    ...makeTargets(boxes, valid, config.trainSearch),
    dropout: Float32Array.of(0),
    seeds: new Int32Array(dropouts(config)),
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  };
}
