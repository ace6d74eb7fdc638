import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { uniformImages } from "@epochmark/plugin-kit/data";
import type { DeepLensConfig, ImageSize } from "./config.ts";
import { targetOf } from "./deeplens.ts";
import { halve, type Planes } from "./planes.ts";
import { depthOf, drawScene, photograph } from "./scene.ts";

/** Host arrays of one step; in training with the dropout's rate and seeds, learning rate and step. */
export async function makeBatch(config: DeepLensConfig, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const make = source === "photographs" ? photographed : synthetic;
  const samples = await collect(batch, () => make(config, phase === "train", random));
  if (phase !== "train") return { ...samples, ...focus(config, batch, random) };
  return { ...samples, ...switches(config, batch, config.dropout, random), ...progress(config.learningRate, step) };
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

type Sample = Record<string, Float32Array>;

/** Samples one after the other, in one array each. */
async function collect(batch: number, make: () => Promise<Sample>): Promise<Arrays> {
  const samples: Sample[] = [];
  for (let index = 0; index < batch; index++) samples.push(await make());
  const names = Object.keys(samples[0]!);
  return Object.fromEntries(
    names.map((name) => {
      const all = new Float32Array(batch * samples[0]![name]!.length);
      for (const [index, sample] of samples.entries()) all.set(sample[name]!, (index * all.length) / batch);
      return [name, all];
    }),
  );
}

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

/** A scene of photographs at several depths, seen sharp everywhere and by a lens focused on a random point of it. */
async function photographed(config: DeepLensConfig, training: boolean, random: Random): Promise<Sample> {
  const { part, depthSide, blurRadius } = config;
  const levels = part === "depth" ? [[depthSide, depthSide] as const] : training ? config.train : config.infer;
  const scene = await drawScene(levels.at(-1)!, random);
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
