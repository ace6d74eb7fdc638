import { openImage } from "./sharp.ts";
import type { Random } from "../random.ts";
import type { Photograph } from "./decode.ts";
import { type Normalisation, normalise } from "./pixels.ts";

export interface CropOptions extends Normalisation {
  /** Range of the crop's share of the picture's area. Default [0.08, 1]. */
  scale?: readonly [number, number];
  /** Range of width / height, drawn log-uniformly. Default [3/4, 4/3]. */
  ratio?: readonly [number, number];
  /** Probability of a left-right flip. Default 0.5. */
  flip?: number;
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * A random part of `photo` resized to `size` × `size`: torchvision's RandomResizedCrop (ten tries,
 * then the largest centre crop within `ratio`), bicubic with antialiasing, then a random flip.
 * All draws happen before the first await, so calls may run side by side without changing a result.
 * @returns float32 `[3, size, size]`, normalised
 */
export async function randomResizedCrop(
  photo: Photograph,
  size: number,
  random: Random,
  options: CropOptions = {},
): Promise<Float32Array> {
  requireSize(size);
  const box = drawBox(photo, random, options.scale ?? [0.08, 1], options.ratio ?? [3 / 4, 4 / 3]);
  const flipped = random.uniform() < (options.flip ?? 0.5);
  const resized = open(photo).extract(box).resize(size, size, { fit: "fill", kernel: "cubic" }).flop(flipped);
  return normalise(await resized.raw().toBuffer(), options);
}

/**
 * The evaluation crop of torchvision's Resize(`resize`) and CenterCrop(`size`): the shorter side
 * becomes `resize` (bicubic with antialiasing, aspect kept), then the middle `size` × `size` is cut out.
 * @returns float32 `[3, size, size]`, normalised
 * @throws RangeError if `size` is larger than `resize`
 */
export async function centerCrop(
  photo: Photograph,
  resize: number,
  size: number,
  options: Normalisation = {},
): Promise<Float32Array> {
  requireSize(size);
  requireSize(resize);
  if (size > resize)
    throw new RangeError(`centre crop of ${size} px from a side of ${resize} px: resize to ${size} or more`);
  const long = Math.floor((resize * Math.max(photo.width, photo.height)) / Math.min(photo.width, photo.height));
  const [width, height] = photo.width <= photo.height ? [resize, long] : [long, resize];
  const box = {
    left: roundHalfToEven((width - size) / 2),
    top: roundHalfToEven((height - size) / 2),
    width: size,
    height: size,
  };
  const resized = open(photo).resize(width, height, { fit: "fill", kernel: "cubic" }).extract(box);
  return normalise(await resized.raw().toBuffer(), options);
}

function drawBox(
  { width: fullWidth, height: fullHeight }: Photograph,
  random: Random,
  scale: readonly [number, number],
  ratio: readonly [number, number],
): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = fullWidth * fullHeight * random.uniform(scale[0], scale[1]);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const width = roundHalfToEven(Math.sqrt(area * aspect));
    const height = roundHalfToEven(Math.sqrt(area / aspect));
    if (width > 0 && width <= fullWidth && height > 0 && height <= fullHeight) {
      const top = random.integer(fullHeight - height + 1);
      const left = random.integer(fullWidth - width + 1);
      return { left, top, width, height };
    }
  }
  const aspect = Math.min(Math.max(fullWidth / fullHeight, ratio[0]), ratio[1]);
  const width = Math.max(1, Math.min(fullWidth, roundHalfToEven(fullHeight * aspect)));
  const height = Math.max(1, Math.min(fullHeight, roundHalfToEven(fullWidth / aspect)));
  return { left: (fullWidth - width) >> 1, top: (fullHeight - height) >> 1, width, height };
}

function open({ pixels, width, height }: Photograph) {
  return openImage(pixels, { raw: { width, height, channels: 3 } });
}

function requireSize(size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`size ${size}: give a whole number of pixels, 1 or more`);
}

/** Python's `round`, which places torchvision's crops: 58.5 becomes 58, 59.5 becomes 60. */
function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down === 0.5) return down % 2 === 0 ? down : down + 1;
  return Math.round(x);
}
