import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { stack, uniformImages } from "@epochmark/plugin-kit/data";
import type { DeepLensConfig, ImageSize } from "./config.ts";
import { targetOf } from "./deeplens.ts";
import { halve, type Planes } from "./planes.ts";
import { depthOf, drawScene, photograph, type Scene } from "./scene.ts";

/** Host arrays of one step; in training with the dropout's rate and seeds, learning rate and step. */
export async function makeBatch(config: DeepLensConfig, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const make = source === "photographs" ? photographed : synthetic;
  const items: Sample[] = [];
  for (let index = 0; index < batch; index++) items.push(await make(config, phase === "train", random));
  if (phase === "train") return trainingBatch(config, items, { random, step });
  return { ...stack(items), ...focus(config, batch, random) };
}

/** The train inputs for samples, with dropout's rate and seeds, learning rate and step. */
export function trainingBatch(
  config: DeepLensConfig,
  items: Sample[],
  { random, step }: { random: Random; step: number },
): Arrays {
  const { dropout, learningRate } = config;
  return { ...stack(items), ...switches(config, items.length, dropout, random), ...progress(learningRate, step) };
}

/** The train inputs for a golden file's `batch.<input>`: dropout off, every sample labelled. */
export function goldenBatch(config: DeepLensConfig, batch: Arrays, learningRate: number, step: number): Arrays {
  const given = Object.entries(batch).map(([name, values]) => [name.replace(/^batch\./, ""), values] as const);
  const arrays: Arrays = Object.fromEntries(given);
  const missing = trainInputs(config).filter((name) => !arrays[name]);
  if (missing.length > 0)
    throw new Error(`DeepLens's training batch lacks ${missing.map((name) => `batch.${name}`).join(", ")}`);
  const images = arrays.image ?? arrays.low!;
  const [height, width] = config.part === "depth" ? [config.depthSide, config.depthSide] : config.train[0]!;
  const count = images.length / (3 * height * width);
  return { ...arrays, ...switches(config, count, 0), ...progress(learningRate, step) };
}

function trainInputs({ part, levels, segmentation }: DeepLensConfig): string[] {
  switch (part) {
    case "depth":
      return ["image", "target", ...(segmentation ? ["mask"] : [])];
    case "lensblur":
      return ["image", "depth", "target"];
    case "sr":
      return ["low", "dof", "depth", "high", "target"];
    case "pipeline":
      return [...levels, "depth", ...levels.map(targetOf)];
  }
}

function switches({ part, segmentation }: DeepLensConfig, batch: number, rate: number, random?: Random): Arrays {
  if (part !== "depth") return {};
  const all = new Float32Array(batch).fill(1);
  return {
    hasDepth: all,
    ...(segmentation && { hasMask: all }),
    dropout: Float32Array.of(rate),
    seeds: Int32Array.from({ length: segmentation ? 2 : 1 }, () => random?.uint32() ?? 0),
  };
}

const progress = (learningRate: number, step: number): Arrays => ({
  learningRate: Float32Array.of(learningRate),
  step: Float32Array.of(step),
});

/** A random point and aperture of each image, where they are inputs. */
function focus({ part, infer, focus: fixed }: DeepLensConfig, batch: number, random: Random): Arrays {
  if (part !== "pipeline" || fixed) return {};
  const [height, width] = infer[0]!;
  return {
    focalPoint: Int32Array.from({ length: 2 * batch }, (_, index) => random.integer(index % 2 ? height : width)),
    aperture: Float32Array.from({ length: batch }, () => random.uniform()),
  };
}

/** Arrays of one image, without the batch. */
export type Sample = Record<string, Float32Array>;

/** Uniform pixels in [0, 1), signed depths in [-1, 1). */
async function synthetic(config: DeepLensConfig, training: boolean, random: Random): Promise<Sample> {
  const image = ([height, width]: ImageSize) => uniformImages(random, [3, height, width], 0, 1);
  const depth = ([height, width]: ImageSize) => uniformImages(random, [1, height, width]);
  const levels = training ? config.train : config.infer;
  const [lowest, highest] = [levels[0]!, levels.at(-1)!];
  switch (config.part) {
    case "depth": {
      const side = config.depthSide;
      const plane = () => uniformImages(random, [1, side, side], 0, 1);
      return {
        image: image([side, side]),
        ...(training && { target: plane() }),
        ...(training && config.segmentation && { mask: plane().map(Math.round) }),
      };
    }
    case "lensblur":
      return { image: image(lowest), depth: depth(lowest), ...(training && { target: image(lowest) }) };
    case "sr":
      return {
        low: image(lowest),
        dof: image(lowest),
        depth: depth(lowest),
        high: image(highest),
        ...(training && { target: image(highest) }),
      };
    case "pipeline":
      if (!training) return { image: image(highest) };
      return named(config, levels.map(image), depth(lowest), levels.map(image));
  }
}

/** A scene of photographs at several depths. */
async function photographed(config: DeepLensConfig, training: boolean, random: Random): Promise<Sample> {
  return sampleOf(config, await drawScene(sizeOf(config, training), random), training, random);
}

/** Size of the largest image of a sample. */
export function sizeOf({ part, depthSide, train, infer }: DeepLensConfig, training: boolean): ImageSize {
  return part === "depth" ? [depthSide, depthSide] : (training ? train : infer).at(-1)!;
}

/** A scene seen sharp everywhere, and by a lens focused on a random point of it. */
export function sampleOf(config: DeepLensConfig, scene: Scene, training: boolean, random: Random): Sample {
  const { part, blurRadius } = config;
  const levels = training ? config.train : config.infer;
  const { depth, foreground } = depthOf(scene);
  const sharp = photograph(scene, 0, 0);
  if (part === "depth")
    return {
      image: sharp.data,
      ...(training && { target: depth }),
      ...(training && config.segmentation && { mask: foreground }),
    };
  if (part === "pipeline" && !training) return { image: sharp.data };
  const focused = depth[random.integer(depth.length)]!;
  const aperture = random.uniform();
  const radius = blurRadius * aperture * 2 ** (levels.length - 1);
  const images = pyramid(sharp, levels.length);
  const dofs = pyramid(photograph(scene, focused, radius), levels.length);
  const signed = { size: scene.size, data: depth.map((value) => (value - focused) * aperture) };
  const signedDepth = pyramid(signed, levels.length)[0]!;
  switch (part) {
    case "lensblur":
      return { image: images[0]!, depth: signedDepth, ...(training && { target: dofs[0]! }) };
    case "sr":
      return {
        low: images[0]!,
        dof: dofs[0]!,
        depth: signedDepth,
        high: images[1]!,
        ...(training && { target: dofs[1]! }),
      };
    case "pipeline":
      return named(config, images, signedDepth, dofs);
  }
}

/** From low to high, each the 2x2 means of the next. */
function pyramid(top: Planes, count: number): Float32Array[] {
  const levels = [top];
  while (levels.length < count) levels.unshift(halve(levels[0]!));
  return levels.map(({ data }) => data);
}

/** A training sample of the pipeline, in the order of its inputs. */
function named(
  { levels }: DeepLensConfig,
  images: Float32Array[],
  depth: Float32Array,
  targets: Float32Array[],
): Sample {
  return {
    ...Object.fromEntries(levels.map((name, index) => [name, images[index]!])),
    depth,
    ...Object.fromEntries(levels.map((name, index) => [targetOf(name), targets[index]!])),
  };
}
