import type { Random } from "@epochmark/plugin-kit";
import { loadPhotographs, normalImages } from "@epochmark/plugin-kit/data";
import type { TrTrConfig } from "./config.ts";
import { crop, type Photograph } from "./crop.ts";

/** Template and search image of each sample, and where the target is in the search image. */
export interface Pairs {
  /** [batch, 3, side, side] */
  template: Float32Array;
  search: Float32Array;
  /** [batch, 4]: centre x, centre y, width, height in search pixels. */
  boxes: Float32Array;
  /** [batch]: 0 marks a negative pair, whose search image does not show the target. */
  valid: Float32Array;
}

/** Share of negative pairs, and the ranges of shift (in pixels of 127 and 255) and scale of the official augmentation. */
export const negatives = 0.2;
export const templateJitter = { shift: 4 / 127, scale: 0.05 };
export const searchJitter = { shift: 64 / 255, scale: 0.18 };

/** Standard normal pixels and targets of the right sizes and places. */
export function syntheticPairs(config: TrTrConfig, batch: number, random: Random): Pairs {
  const { template, trainSearch } = config;
  const draws = Array.from({ length: batch }, () => drawTarget(config, random));
  return {
    template: normalImages(random, [batch, 3, template, template]),
    search: normalImages(random, [batch, 3, trainSearch, trainSearch]),
    boxes: Float32Array.from(draws.flatMap(({ box }) => box)),
    valid: Float32Array.from({ length: batch }, () => Number(random.uniform() >= negatives)),
  };
}

/** Two crops of one place of a photograph, the second shifted and scaled; of two photographs where the pair is negative. */
export async function photographPairs(config: TrTrConfig, batch: number, random: Random): Promise<Pairs> {
  const photographs = await loadPhotographs();
  const { template: side, trainSearch } = config;
  const pairs: Pairs = {
    template: new Float32Array(batch * 3 * side ** 2),
    search: new Float32Array(batch * 3 * trainSearch ** 2),
    boxes: new Float32Array(batch * 4),
    valid: new Float32Array(batch),
  };
  for (let index = 0; index < batch; index++) {
    const which = random.integer(photographs.length);
    const positive = random.uniform() >= negatives;
    const other = positive ? which : (which + 1 + random.integer(photographs.length - 1)) % photographs.length;
    const place = drawPlace(photographs[which]!, side, random);
    const shown = positive ? place : drawPlace(photographs[other]!, side, random);
    const { box, to, scale } = drawTarget(config, random);
    const shift = jitter(random, templateJitter.shift * side);
    const view = {
      from: place.centre,
      to: [side / 2 + shift[0], side / 2 + shift[1]] as const,
      scale: enlarged(place.scale, jitter(random, templateJitter.scale)),
    };
    pairs.template.set(crop(photographs[which]!, side, view), index * 3 * side ** 2);
    const seen = { from: shown.centre, to, scale: [shown.scale * scale[0], shown.scale * scale[1]] as const };
    pairs.search.set(crop(photographs[other]!, trainSearch, seen), index * 3 * trainSearch ** 2);
    pairs.boxes.set(box, index * 4);
    pairs.valid[index] = Number(positive);
  }
  return pairs;
}

/**
 * A target as the search image shows it. Before it is scaled, its context square, of side sqrt((w + p)(h + p)) with
 * p = (w + h) / 2, is as large as the template.
 */
function drawTarget({ template, trainSearch }: TrTrConfig, random: Random) {
  const ratio = Math.exp(random.uniform(-Math.LN2, Math.LN2));
  const height = (2 * template) / Math.sqrt((3 * ratio + 1) * (ratio + 3));
  const shift = jitter(random, searchJitter.shift * trainSearch);
  const scale = enlarged(1, jitter(random, searchJitter.scale));
  const to = [trainSearch / 2 + shift[0], trainSearch / 2 + shift[1]] as const;
  return { to, scale, box: [...to, height * ratio * scale[0], height * scale[1]] };
}

/** A point of the photograph whose context square lies inside it, shown at 0.7 to 1.4 of its size (or as fits). */
function drawPlace({ width, height }: Photograph, template: number, random: Random) {
  const context = Math.min(width, height, template / random.uniform(0.7, 1.4));
  const centre = [
    random.uniform(context / 2, width - context / 2),
    random.uniform(context / 2, height - context / 2),
  ] as const;
  return { centre, scale: template / context };
}

export function jitter(random: Random, most: number): [number, number] {
  return [random.uniform(-most, most), random.uniform(-most, most)];
}

export const enlarged = (scale: number, [x, y]: [number, number]) => [scale * (1 + x), scale * (1 + y)] as const;
