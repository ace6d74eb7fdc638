import { basename, join } from "node:path";
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
  resize,
  stack,
  trainingFolder,
} from "@epochmark/plugin-kit/data";
import { corrupt, distort } from "./augment.ts";
import { trainingBatch } from "./batch.ts";
import type { DeblurGanConfig } from "./config.ts";
import type { Pairs } from "./pairs.ts";
import type { ImageSize } from "./requests.ts";
import { v2TrainingBatch } from "./v2-batch.ts";
import type { DeblurGanV2Config } from "./v2-config.ts";

interface PairOfFiles {
  blurred: string;
  sharp: string;
}

type PairOfPhotographs = [blurred: Photograph, sharp: Photograph];

const layout = "train/<scene>/blur/*.png with the same names in train/<scene>/sharp, as in GoPro (or blur/ and sharp/)";

/** DeblurGAN on GoPro's pairs: both halved, one random crop, flipped half the time (official `aligned` data set). */
export const halvedPairs: TrainingData<DeblurGanConfig, PairOfFiles, Pairs> = {
  layout,
  find,
  read: async ({ trainImage }, files, random) => {
    const halved = await Promise.all(
      (await decode(files)).map((each) => resize(each, each.width >> 1, each.height >> 1, "cubic")),
    );
    const cropped = crop(halved as PairOfPhotographs, trainImage, random);
    return pairOf(random.uniform() < 0.5 ? await both(cropped, flipped) : cropped);
  },
  assemble: (config, items, request) => trainingBatch(config, stack(items), request),
};

/** DeblurGAN-v2: half the pairs distorted alike, a random crop, half the blurred pictures corrupted besides. */
export const augmentedPairs: TrainingData<DeblurGanV2Config, PairOfFiles, Pairs> = {
  layout,
  find,
  read: async ({ trainImage }, files, random) => {
    const distorted = await distort(await decode(files), random);
    const [blurred, sharp] = crop(distorted, trainImage, random);
    return pairOf([await corrupt(blurred, random), sharp]);
  },
  assemble: (config, items, request) => v2TrainingBatch(config, stack(items), request),
};

async function find(folder: string): Promise<PairOfFiles[]> {
  const root = await trainingFolder(folder);
  const { folders } = await listFolder(root);
  const scenes = folders.includes("blur") ? [root] : folders.map((name) => join(root, name));
  const pairs: PairOfFiles[] = [];
  for (const scene of scenes) {
    const inside = await listFolder(scene);
    if (!inside.folders.includes("blur") || !inside.folders.includes("sharp")) continue;
    const [blur, sharp] = await Promise.all(["blur", "sharp"].map((name) => listFolder(join(scene, name))));
    const lonely = blur!.images.find((name) => !sharp!.images.includes(name));
    if (lonely)
      throw new DatasetError(join(scene, "blur", lonely), `has no picture of its name in ${join(scene, "sharp")}`);
    pairs.push(
      ...blur!.images.map((name) => ({ blurred: join(scene, "blur", name), sharp: join(scene, "sharp", name) })),
    );
  }
  if (pairs.length === 0) throw new DatasetError(folder, `holds no pairs: expected ${layout}`);
  return pairs;
}

async function decode({ blurred, sharp }: PairOfFiles): Promise<PairOfPhotographs> {
  const pair: PairOfPhotographs = [await decodeImage(blurred), await decodeImage(sharp)];
  const [one, two] = pair.map(({ width, height }) => `${width} × ${height}`);
  if (one !== two) throw new ImageError(blurred, `is ${one}, but ${basename(sharp)} beside it is ${two}`);
  return pair;
}

/** One random part of both. @throws ImageError when they are smaller than that */
function crop(pair: PairOfPhotographs, [height, width]: ImageSize, random: Random): PairOfPhotographs {
  const [{ name, ...photo }] = pair;
  if (photo.width < width || photo.height < height)
    throw new ImageError(
      name,
      `leaves ${photo.width} × ${photo.height}, smaller than the crop of ${width} × ${height}`,
    );
  const left = random.integer(photo.width - width + 1);
  const top = random.integer(photo.height - height + 1);
  return pair.map((each) => cutOut(each, { left, top, width, height })) as PairOfPhotographs;
}

const both = async (
  pair: PairOfPhotographs,
  edit: (photo: Photograph) => Promise<Photograph>,
): Promise<PairOfPhotographs> => (await Promise.all(pair.map(edit))) as PairOfPhotographs;

/** [1, 3, height, width] each, in [-1, 1]. */
const pairOf = ([blurred, sharp]: PairOfPhotographs): Pairs => ({
  blurred: normalise(blurred.pixels),
  sharp: normalise(sharp.pixels),
});
