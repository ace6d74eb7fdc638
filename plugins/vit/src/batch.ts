import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { loadPhotographs, randomResizedCrop } from "@epochmark/plugin-kit/data";
import { dropPathFactors, smoothLabels } from "@epochmark/plugin-kit/nn";
import type { ViTConfig } from "./config.ts";
import { mix } from "./mix.ts";
import { learningRateAt } from "./schedule.ts";

/** Host arrays of one step: pixels, mixed and smoothed targets, drop path factors, learning rate and step of the recipe. */
export async function makeBatch(config: ViTConfig, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const labelled = await (source === "photographs" ? photographs : synthetic)(config, batch, random);
  return phase === "train" ? trainingBatch(config, labelled, { random, step }) : { input: labelled.images };
}

/** The train inputs for labelled images: mixed and smoothed in the batch, as DeiT does. */
export function trainingBatch(
  config: ViTConfig,
  { images, labels }: Labelled,
  { random, step }: { random: Random; step: number },
): Arrays {
  const batch = labels.length;
  const targets = smoothLabels(labels, config.classes, config.smoothing);
  mix(images, targets, { batch, side: config.imageSize, random, ...config.mixing });
  return {
    input: images,
    targets,
    dropPath: dropPathInput(config, batch, random),
    learningRate: Float32Array.of(learningRateAt(config.schedule, step)),
    step: Float32Array.of(step),
  };
}

/** The train inputs for a golden file's `batch.input` and `batch.labels`: smoothing only, nothing random. */
export function goldenBatch(config: ViTConfig, batch: Arrays, learningRate: number, step: number): Arrays {
  const { "batch.input": input, "batch.labels": labels } = batch;
  if (!input || !labels)
    throw new Error(`a ViT's training batch needs batch.input and batch.labels, not ${Object.keys(batch).join(", ")}`);
  return {
    input,
    targets: smoothLabels(labels, config.classes, config.smoothing),
    dropPath: new Float32Array(config.depth * 2 * labels.length).fill(1),
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  };
}

interface Labelled {
  /** [batch, 3, side, side] */
  images: Float32Array;
  labels: number[];
}

/** Standard normal pixels, as benchmarks of networks usually take them, and random labels. */
async function synthetic({ imageSize, classes }: ViTConfig, batch: number, random: Random): Promise<Labelled> {
  const images = random.normals(batch * 3 * imageSize ** 2);
  return { images, labels: Array.from({ length: batch }, () => random.integer(classes)) };
}

/** Random crops of the shipped photographs; the class is which photograph. */
async function photographs({ imageSize, classes }: ViTConfig, batch: number, random: Random): Promise<Labelled> {
  const pictures = (await loadPhotographs()).slice(0, classes);
  const labels = Array.from({ length: batch }, () => random.integer(pictures.length));
  const images = new Float32Array(batch * 3 * imageSize ** 2);
  for (const [index, label] of labels.entries())
    images.set(await randomResizedCrop(pictures[label]!, imageSize, random), index * 3 * imageSize ** 2);
  return { images, labels };
}

/** [depth, 2, batch]: the rate rises linearly from 0 in the first block. */
function dropPathInput({ depth, dropPath }: ViTConfig, batch: number, random: Random): Float32Array {
  const factors = new Float32Array(depth * 2 * batch);
  for (let branch = 0; branch < depth * 2; branch++) {
    const rate = depth > 1 ? (dropPath * Math.floor(branch / 2)) / (depth - 1) : 0;
    factors.set(dropPathFactors(batch, rate, random), branch * batch);
  }
  return factors;
}
