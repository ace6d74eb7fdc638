import { figures, findGpu } from "@epochmark/catalog";
import { findModel } from "@epochmark/catalog/papers";
import { type BoardBuilder, catalogBoardGpu, titleOf } from "./board-builder.ts";
import { trainingHours } from "./hours.ts";

/** Adds the catalogue's published throughputs of one GPU on a paper's own model. */
export const addPublished = (builder: BoardBuilder): void => {
  for (const { source, gpu, model, phase, precision, batch, gpus, imagesPerSecond } of figures.throughput) {
    const [known, paper] = [findGpu(gpu), findModel(model)];
    if (gpus !== 1 || !known || !paper) continue;
    const from = figures.sources.find(({ id }) => id === source);
    const workload = batch === paper.workloads.paper[phase] ? ("paper" as const) : ("explicit" as const);
    const key = `published ${model} ${phase} ${batch} ${precision}`;
    const rate = { median: imagesPerSecond, low: null, high: null };
    builder.add({
      kind: "published",
      gpu: builder.gpu(gpu, () => catalogBoardGpu(known)),
      task: builder.task(key, () => ({
        key,
        path: model,
        title: titleOf(model),
        phase,
        size: "full",
        workload,
        batch,
        precision,
        memory: null,
      })),
      engine: from?.software ?? source,
      version: from?.version ?? null,
      device: null,
      status: "ok",
      reason: null,
      mode: null,
      rate,
      step: { median: (1000 * batch) / imagesPerSecond, low: null, high: null },
      launches: 0,
      ranked: false,
      memory: null,
      joulesPerImage: null,
      hours: phase === "train" && paper.recipe ? trainingHours(paper.recipe, rate) : null,
      confirmations: 0,
      date: null,
      run: null,
      source: from ? `${from.title}; ${from.conditions}` : source,
    });
  }
};
