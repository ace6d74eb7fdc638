import { basename, extname, join } from "node:path";
import type { Random, TrainingData } from "@epochmark/plugin-kit";
import {
  cutOut,
  DatasetError,
  decodeImage,
  flipped,
  ImageError,
  listFolder,
  normalise,
  type Photograph,
  relevelled,
  resize,
  stack,
  trainingFolder,
} from "@epochmark/plugin-kit/data";
import { type Sample, sampleOf, sizeOf, trainingBatch } from "./batch.ts";
import type { DeepLensConfig, ImageSize } from "./config.ts";
import { sceneOf } from "./scene.ts";

interface DepthPair {
  image: string;
  depth: string;
  /** Foreground, where the data set tells it. */
  mask: string | null;
}

const layout =
  "train/image/* with pictures of the same names in train/depth, grey, near is bright, and where known in train/mask, foreground is bright (or image/, depth/, mask/)";

/** Least share of the picture's shorter side that a crop shows. */
const smallestCrop = 0.6;
/** Brightness of each colour changes within this share. */
const colourJitter = 0.1;

/**
 * Pictures with their inverse depth. The authors do not say how they augment: random crop, flip and colour jitter are
 * this project's proposal, and so is the blurred target, which a lens sees of the picture cut into layers.
 */
export const depthPairs: TrainingData<DeepLensConfig, DepthPair, Sample> = {
  layout,
  async find(folder) {
    const root = await trainingFolder(folder);
    const { folders } = await listFolder(root);
    if (!folders.includes("image") || !folders.includes("depth"))
      throw new DatasetError(folder, `holds no image and depth folders: expected ${layout}`);
    const { images } = await listFolder(join(root, "image"));
    const depths = await byStem(join(root, "depth"));
    const masks = folders.includes("mask") ? await byStem(join(root, "mask")) : new Map<string, string>();
    const pairs = images.map((name): DepthPair => {
      const depth = depths.get(stemOf(name));
      if (depth === undefined)
        throw new DatasetError(join(root, "image", name), `has no picture of its name in ${join(root, "depth")}`);
      return { image: join(root, "image", name), depth, mask: masks.get(stemOf(name)) ?? null };
    });
    if (pairs.length === 0) throw new DatasetError(folder, `holds no pictures: expected ${layout}`);
    return pairs;
  },
  async read(config, files, random) {
    const size = sizeOf(config, true);
    const picture = await decodeImage(files.image);
    const maps = await Promise.all([files.depth, ...(files.mask ? [files.mask] : [])].map((file) => decodeImage(file)));
    const [cropped, depth, mask] = await crop([picture, ...maps], size, random);
    const image = unit(jittered(cropped!, random));
    const near = unit(depth!).subarray(0, size[0] * size[1]);
    if (config.part !== "depth") return sampleOf(config, sceneOf(size, image, near), true, random);
    return {
      image: blueFirst(image),
      target: near,
      ...(config.segmentation && {
        mask: mask ? unit(mask).subarray(0, near.length).map(Math.round) : new Float32Array(near.length),
        hasMask: Float32Array.of(Number(mask !== undefined)),
      }),
    };
  },
  assemble(config, items, request) {
    const { hasMask, ...inputs } = stack(items);
    const batch = trainingBatch(config, items, request);
    return { ...batch, ...inputs, ...(hasMask && { hasMask }) };
  },
};

/** Pictures of a folder by their names without the ending. */
async function byStem(folder: string): Promise<Map<string, string>> {
  const { images } = await listFolder(folder);
  return new Map(images.map((name) => [stemOf(name), join(folder, name)]));
}

/** [3, height, width] in [0, 1]. */
const unit = (photo: Photograph): Float32Array => normalise(photo.pixels, { mean: 0, std: 1 });

/** Channels as the networks take them: blue, green, red. */
function blueFirst(image: Float32Array): Float32Array {
  const plane = image.length / 3;
  const turned = new Float32Array(image.length);
  for (let channel = 0; channel < 3; channel++)
    turned.set(image.subarray(channel * plane, (channel + 1) * plane), (2 - channel) * plane);
  return turned;
}

function jittered(photo: Photograph, random: Random): Photograph {
  const level = (): ((value: number) => number) => {
    const by = 1 + random.uniform(-colourJitter, colourJitter);
    return (value) => value * by;
  };
  return relevelled(photo, [level(), level(), level()]);
}

const stemOf = (name: string): string => basename(name, extname(name));

/** The same random part of all, flipped half the time, in the size of the sample. @throws ImageError when they differ in aspect */
async function crop(photos: Photograph[], [height, width]: ImageSize, random: Random): Promise<Photograph[]> {
  const [picture] = photos as [Photograph];
  const other = photos.find((each) => Math.abs(each.width / each.height - picture.width / picture.height) > 0.02);
  if (other)
    throw new ImageError(
      picture.name,
      `is ${picture.width} × ${picture.height}, a map of it ${other.width} × ${other.height}: their shapes differ`,
    );
  // Of the picture, a share of the largest part of the sample's aspect.
  const fit = Math.min(picture.width / width, picture.height / height) * random.uniform(smallestCrop, 1);
  const [left, top] = [random.uniform(), random.uniform()];
  const flip = random.uniform() < 0.5;
  const part = async (photo: Photograph): Promise<Photograph> => {
    const scale = photo.width / picture.width;
    const most = [photo.width, photo.height];
    const [w, h] = [width, height].map((side, axis) =>
      Math.min(most[axis]!, Math.max(1, Math.floor(side * fit * scale))),
    ) as [number, number];
    const region = { left: Math.floor(left * (photo.width - w)), top: Math.floor(top * (photo.height - h)) };
    const resized = await resize(cutOut(photo, { ...region, width: w, height: h }), width, height, "cubic");
    return flip ? flipped(resized) : resized;
  };
  return Promise.all(photos.map(part));
}
