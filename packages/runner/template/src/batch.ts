import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { loadPhotographs, normalImages, randomResizedCrop, stack } from "@epochmark/plugin-kit/data";
import { smoothLabels } from "@epochmark/plugin-kit/nn";
import type { Config } from "./network.ts";

/** Host arrays of one step, all that the phase's inputs name; the same for the same `random`. */
export async function makeBatch({ side, classes }: Config, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const labels = Array.from({ length: batch }, () => random.integer(classes));
  const image =
    source === "photographs" ? await crops(labels, side, random) : normalImages(random, [batch, 3, side, side]);
  if (phase === "infer") return { image };
  return {
    image,
    targets: smoothLabels(labels, classes, 0.1),
    learningRate: Float32Array.of(1e-3),
    step: Float32Array.of(step),
  };
}

/** Random crops of the shipped photographs, [batch, 3, side, side]; the class is which photograph. */
async function crops(labels: number[], side: number, random: Random): Promise<Float32Array> {
  const photographs = await loadPhotographs();
  const crop = (label: number) => randomResizedCrop(photographs[label % photographs.length]!, side, random);
  return stack(await Promise.all(labels.map(async (label) => ({ image: await crop(label) })))).image;
}

/** The same inputs from a golden file's training batch (official names), with nothing random. */
export function goldenBatch({ classes }: Config, batch: Arrays, learningRate: number, step: number): Arrays {
  return {
    image: batch["batch.image"]!,
    targets: smoothLabels(batch["batch.labels"]!, classes, 0),
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  };
}
