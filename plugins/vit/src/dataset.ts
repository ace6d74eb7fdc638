import { join } from "node:path";
import type { TrainingData } from "@epochmark/plugin-kit";
import {
  DatasetError,
  decodeImage,
  listFolder,
  type Normalisation,
  randomResizedCrop,
  trainingFolder,
} from "@epochmark/plugin-kit/data";
import { trainingBatch } from "./batch.ts";
import type { ViTConfig } from "./config.ts";

interface LabelledFile {
  file: string;
  label: number;
}

interface LabelledCrop {
  /** [3, side, side] */
  pixels: Float32Array;
  label: number;
}

const layout = "train/<class>/*.JPEG (or <class>/*.JPEG), a folder a class as in ImageNet";

/** ImageNet's folders: classes are numbered in the order of their names; random resized crops, flipped half the time. */
export const imageFolders = ({
  mean,
  std,
}: Required<Normalisation>): TrainingData<ViTConfig, LabelledFile, LabelledCrop> => ({
  layout,
  async find(folder) {
    const root = await trainingFolder(folder);
    const { folders } = await listFolder(root);
    const samples: LabelledFile[] = [];
    for (const [label, name] of folders.entries()) {
      const { images } = await listFolder(join(root, name));
      samples.push(...images.map((image) => ({ file: join(root, name, image), label })));
    }
    if (samples.length === 0) throw new DatasetError(folder, `holds no pictures in class folders: expected ${layout}`);
    return samples;
  },
  async read({ imageSize, classes }, { file, label }, random) {
    if (label >= classes)
      throw new DatasetError(
        file,
        `is of class ${label + 1}, but the network has ${classes} classes: use fewer folders`,
      );
    return { pixels: await randomResizedCrop(await decodeImage(file), imageSize, random, { mean, std }), label };
  },
  assemble(config, items, request) {
    const size = 3 * config.imageSize ** 2;
    const images = new Float32Array(items.length * size);
    for (const [index, { pixels }] of items.entries()) images.set(pixels, index * size);
    return trainingBatch(config, { images, labels: items.map(({ label }) => label) }, request);
  },
});
