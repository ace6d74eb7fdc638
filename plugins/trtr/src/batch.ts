import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { normalImages } from "@epochmark/plugin-kit/data";
import { cellsOf, type TrTrConfig } from "./config.ts";
import { edgesOf, type ImageName } from "./edges.ts";
import { type Pairs, photographPairs, syntheticPairs } from "./pairs.ts";
import { learningRateAt } from "./schedule.ts";
import { gaussianLabel } from "./online/label.ts";
import { channelsOf, responseInputs } from "./online/networks.ts";
import { adaptiveAverage, onlineCells } from "./online/features.ts";
import { makeTargets } from "./targets.ts";
import { dropouts } from "./trtr.ts";

/**
 * Host arrays of one step. Training: pairs, targets, dropout's rate and seeds, learning rate and step of the recipe. Inference:
 * the images that it takes; a memory is what a layer norm gives, standard normal numbers. Online: features and labels.
 */
export async function makeBatch(config: TrTrConfig, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const make = source === "photographs" ? photographPairs : syntheticPairs;
  if (phase === "train") {
    return trainingBatch(config, await make(config, batch, random), { random, step });
  }
  if (phase === "online") return onlineBatch(config, request);
  const { template, search } = await make({ ...config, trainSearch: config.search }, batch, random);
  switch (config.inference) {
    case "template":
      return { template, ...edges(config, "template") };
    case "pair":
      return { template, search, ...edges(config, "template", "search") };
    case "features":
      return { crops: search, ...averages(config) };
    case "tracked":
      return { memory: memoryOf(config, batch, random), search, ...edges(config, "template", "search") };
    case "hybrid": {
      const memory = memoryOf(config, batch, random);
      const drawn = responseInputs(config).map(({ name, shape }) => [name, normalImages(random, shape)]);
      return {
        memory,
        search,
        ...edges(config, "template", "search"),
        ...Object.fromEntries(drawn),
        ...averages(config),
      };
    }
  }
}

const memoryOf = ({ template, dim }: TrTrConfig, batch: number, random: Random): Float32Array =>
  normalImages(random, [batch, cellsOf(template) ** 2, dim]);

/** Images that show nothing else. */
function edges(config: TrTrConfig, ...images: ImageName[]): Arrays {
  const told = images.flatMap((image) => Object.entries(edgesOf(config, image)));
  return Object.fromEntries(told.map(([name, { data }]) => [name, data]));
}

function averages({ search, online: { cells } }: TrTrConfig): Arrays {
  return cells === null ? {} : { average: adaptiveAverage(cellsOf(search), cells) };
}

/** The train inputs for pairs, with dropout's seeds. */
export function trainingBatch(
  config: TrTrConfig,
  { template, search, boxes, valid }: Pairs,
  { random, step }: { random: Random; step: number },
): Arrays {
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

/** Standard normal features, as the backbone's are when normalised, targets anywhere in the middle half, equal weights. */
function onlineBatch(config: TrTrConfig, { batch, random, step = 1 }: BatchRequest): Arrays {
  const { layers, memory, filterChannels } = config.online;
  const side = onlineCells(config);
  const place = (): number => random.uniform(side / 4, (3 * side) / 4);
  const labels = Array.from({ length: batch }, () => gaussianLabel(side, [place(), place()], side / 16));
  const update = config.onlinePart === "update";
  const maps = layers.map((layer) => {
    const channels = update ? filterChannels : channelsOf(config, layer);
    return [layer, normalImages(random, [batch, side, side, channels])] as const;
  });
  const shared = { ...Object.fromEntries(maps), labels: Float32Array.from(labels.flatMap((label) => [...label])) };
  if (!update) return { ...shared, weights: new Float32Array(batch).fill(1 / batch) };
  // The memory is a ring: each batch takes the places after those of the batch before.
  const slots = Int32Array.from({ length: memory }, (_, at) => at);
  const fresh = Math.min(batch, memory);
  for (let k = 0; k < fresh; k++) slots[((step - 1) * fresh + k) % memory] = memory + k;
  return { ...shared, slots, weights: new Float32Array(memory).fill(1 / memory) };
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
