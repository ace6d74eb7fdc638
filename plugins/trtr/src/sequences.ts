import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Random, TrainingData } from "@epochmark/plugin-kit";
import { DatasetError, decodeImage, ImageError, listFolder, stack, trainingFolder } from "@epochmark/plugin-kit/data";
import { trainingBatch } from "./batch.ts";
import type { TrTrConfig } from "./config.ts";
import { crop } from "./crop.ts";
import { enlarged, jitter, negatives, type Pairs, searchJitter, templateJitter } from "./pairs.ts";

/** One frame of one sequence: the template; what it is searched in is drawn when it is read. */
interface Frame {
  /** Folder of all sequences, and the sequence's name in it. */
  root: string;
  sequence: string;
  index: number;
}

/** Left, top, width, height, in pixels of the frame. */
type Corner = readonly [left: number, top: number, width: number, height: number];

const layout =
  "train/<sequence>/*.jpg with groundtruth.txt beside them, a line x,y,width,height a frame, as in GOT-10k";
const truthName = "groundtruth.txt";

/** Frames between template and search image (official: 100 for GOT-10k). */
const farthest = 100;
/** Standard deviation of the shift of each colour, in levels of 255: what principal components of photographs vary by. */
const colourShift = 5;
/** The search image is blurred along a line of 5 to 45 pixels with this probability. */
const blurred = { probability: 0.2, shortest: 5, longest: 45 };

/** GOT-10k's sequences: a template, and a search image from up to 100 frames away, or of another sequence in a fifth of the pairs. */
export const sequences: TrainingData<TrTrConfig, Frame, Pairs> = {
  layout,
  async find(folder) {
    const root = await trainingFolder(folder);
    const { folders } = await listFolder(root);
    const frames: Frame[] = [];
    for (const sequence of folders) {
      const boxes = await boxesOf(root, sequence);
      for (const index of shown(boxes)) frames.push({ root, sequence, index });
    }
    if (frames.length === 0) throw new DatasetError(folder, `holds no sequences: expected ${layout}`);
    return frames;
  },
  async read(config, { root, sequence, index }, random) {
    const boxes = await boxesOf(root, sequence);
    const { folders } = await listFolder(root);
    const others = folders.filter((name) => name !== sequence);
    const positive = others.length === 0 || random.uniform() >= negatives;
    const from = positive ? sequence : others[random.integer(others.length)]!;
    const there = positive ? boxes : await boxesOf(root, from);
    const near = shown(there).filter((other) => !positive || Math.abs(other - index) <= farthest);
    if (near.length === 0) throw new ImageError(join(root, from, truthName), "shows its target in no frame");
    const seen = near[random.integer(near.length)]!;
    const template = await look(root, sequence, index, boxes[index]!, {
      side: config.template,
      basis: config.template,
      jitters: templateJitter,
      random,
    });
    const search = await look(root, from, seen, there[seen]!, {
      side: config.trainSearch,
      basis: config.template,
      jitters: searchJitter,
      random,
    });
    if (random.uniform() < blurred.probability) blurAlongLine(search.values, config.trainSearch, random);
    return {
      template: template.values,
      search: search.values,
      boxes: search.box,
      valid: Float32Array.of(Number(positive)),
    };
  },
  assemble: (config, items, request) => trainingBatch(config, stack(items), request),
};

/** Frames that show the target. */
const shown = (boxes: readonly (Corner | null)[]): number[] => boxes.flatMap((box, index) => (box ? [index] : []));

const known = new Map<string, Promise<(Corner | null)[]>>();

/** Where the target is in every frame; null where the frame does not show it. Read once a thread. */
function boxesOf(root: string, sequence: string): Promise<(Corner | null)[]> {
  const path = join(root, sequence, truthName);
  const read = known.get(path) ?? readBoxes(path);
  known.set(path, read);
  return read;
}

async function readBoxes(path: string): Promise<(Corner | null)[]> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new DatasetError(path, `cannot be read (${cause.code}); expected ${layout}`, { cause });
  });
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line, index) => {
      const numbers = line.split(/[,\s]+/).map(Number);
      if (numbers.length !== 4 || !numbers.every(Number.isFinite))
        throw new DatasetError(path, `line ${index + 1} is no x,y,width,height: "${line.slice(0, 40)}"`);
      const [, , width, height] = numbers as unknown as Corner;
      return width >= 1 && height >= 1 ? (numbers as unknown as Corner) : null;
    });
}

interface Glance {
  /** Pixels of the crop; pixels of the template, to which the target's context square is scaled. */
  side: number;
  basis: number;
  jitters: { shift: number; scale: number };
  random: Random;
}

/** A crop around the target, [3, side, side], and its box there: centre x, centre y, width, height. */
async function look(
  root: string,
  sequence: string,
  index: number,
  [left, top, width, height]: Corner,
  { side, basis, jitters, random }: Glance,
): Promise<{ values: Float32Array; box: Float32Array }> {
  const { images } = await listFolder(join(root, sequence));
  const name = images[index];
  if (name === undefined)
    throw new ImageError(join(root, sequence, truthName), `has more lines than ${basename(sequence)} has pictures`);
  const photo = await decodeImage(join(root, sequence, name));
  const padding = (width + height) / 2;
  const context = Math.sqrt((width + padding) * (height + padding));
  const [dx, dy] = jitter(random, jitters.shift * side);
  const [sx, sy] = enlarged(basis / context, jitter(random, jitters.scale));
  const to = [side / 2 + dx, side / 2 + dy] as const;
  const values = crop(photo, side, { from: [left + width / 2, top + height / 2], to, scale: [sx, sy] });
  shiftColours(values, random);
  return { values, box: Float32Array.of(...to, width * sx, height * sy) };
}

/** Each colour plane moved as a whole; a normalised level is about 1 / (255 · 0.226) a level of 255. */
function shiftColours(values: Float32Array, random: Random): void {
  const plane = values.length / 3;
  for (let colour = 0; colour < 3; colour++) {
    const by = random.normal(0, colourShift) / (255 * 0.226);
    for (let index = colour * plane; index < (colour + 1) * plane; index++) values[index]! += by;
  }
}

/** Mean along a row or a column, of an odd number of pixels; at the border of those that are there. */
function blurAlongLine(values: Float32Array, side: number, random: Random): void {
  const reach = Math.floor((blurred.shortest + random.integer(blurred.longest - blurred.shortest + 1)) / 2);
  // Along rows neighbours are one apart and lines a side; along columns the other way round.
  const [step, apart] = random.uniform() < 0.5 ? [1, side] : [side, 1];
  const line = new Float32Array(side);
  for (let plane = 0; plane < values.length; plane += side * side)
    for (let start = 0; start < side; start++) {
      const first = plane + start * apart;
      for (let k = 0; k < side; k++) line[k] = values[first + k * step]!;
      for (let k = 0; k < side; k++) {
        const [from, until] = [Math.max(0, k - reach), Math.min(side, k + reach + 1)];
        let sum = 0;
        for (let other = from; other < until; other++) sum += line[other]!;
        values[first + k * step] = sum / (until - from);
      }
    }
}
