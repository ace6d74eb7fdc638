import type { Sharp } from "sharp";
import { openImage } from "./sharp.ts";
import type { Photograph } from "./decode.ts";

export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A part of a picture. @throws RangeError when it reaches beyond the picture */
export function cutOut(photo: Photograph, { left, top, width, height }: Region): Photograph {
  if (left < 0 || top < 0 || left + width > photo.width || top + height > photo.height)
    throw new RangeError(`${photo.name}: ${width} × ${height} at ${left}, ${top} is not inside the picture`);
  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * photo.width + left) * 3;
    pixels.set(photo.pixels.subarray(from, from + width * 3), row * width * 3);
  }
  return { name: photo.name, width, height, pixels };
}

/** Left and right exchanged. */
export const flipped = (photo: Photograph): Promise<Photograph> => edited(photo, (image) => image.flop());

/** Rows and columns exchanged. */
export const transposed = (photo: Photograph): Promise<Photograph> => edited(photo, (image) => image.rotate(90).flip());

/** As it looks after it was stored as a JPEG of this quality (1 to 100). */
export async function recompressed(photo: Photograph, quality: number): Promise<Photograph> {
  const bytes = await open(photo).jpeg({ quality }).toBuffer();
  return taken(photo, openImage(bytes));
}

/** Each value the median of a square of `side` pixels around it. */
export const medianFiltered = (photo: Photograph, side: number): Promise<Photograph> =>
  edited(photo, (image) => image.median(side));

/** Unsharp mask of this radius (sigma, in pixels). */
export const sharpened = (photo: Photograph, sigma: number): Promise<Photograph> =>
  edited(photo, (image) => image.sharpen({ sigma }));

/** Hue turned by degrees; saturation and brightness multiplied. */
export const modulated = (
  photo: Photograph,
  change: { hue: number; saturation: number; brightness: number },
): Promise<Photograph> => edited(photo, (image) => image.modulate({ ...change, hue: Math.round(change.hue) }));

/** Each value of each colour replaced through a table of 256. @param levels one function a colour, from 0..255 to 0..255 */
export function relevelled(
  photo: Photograph,
  levels: readonly [(value: number) => number, (value: number) => number, (value: number) => number],
): Photograph {
  const tables = levels.map((level) => Uint8ClampedArray.from({ length: 256 }, (_, value) => level(value)));
  return { ...photo, pixels: photo.pixels.map((value, index) => tables[index % 3]![value]!) };
}

/**
 * Each pixel taken, bilinearly, from the place that `source` names (centres of pixels at whole numbers); beyond the
 * border the picture is mirrored without its last row or column.
 */
export function remapped(photo: Photograph, source: (x: number, y: number) => readonly [number, number]): Photograph {
  const { width, height, pixels } = photo;
  const result = new Uint8ClampedArray(pixels.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [sx, sy] = source(x, y);
      const [left, top] = [Math.floor(sx), Math.floor(sy)];
      const [right, low] = [sx - left, sy - top];
      const [x0, x1] = [mirrored(left, width), mirrored(left + 1, width)];
      const [y0, y1] = [mirrored(top, height) * width, mirrored(top + 1, height) * width];
      for (let colour = 0; colour < 3; colour++) {
        const above = pixels[(y0 + x0) * 3 + colour]! * (1 - right) + pixels[(y0 + x1) * 3 + colour]! * right;
        const below = pixels[(y1 + x0) * 3 + colour]! * (1 - right) + pixels[(y1 + x1) * 3 + colour]! * right;
        result[(y * width + x) * 3 + colour] = above * (1 - low) + below * low;
      }
    }
  return { ...photo, pixels: new Uint8Array(result.buffer) };
}

function mirrored(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const within = ((index % period) + period) % period;
  return within < size ? within : period - within;
}

const open = ({ pixels, width, height }: Photograph): Sharp =>
  openImage(pixels, { raw: { width, height, channels: 3 } });

const edited = (photo: Photograph, edit: (image: Sharp) => Sharp): Promise<Photograph> =>
  taken(photo, edit(open(photo)));

async function taken({ name }: Photograph, image: Sharp): Promise<Photograph> {
  const { data, info } = await image.removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return { name, width: info.width, height: info.height, pixels: new Uint8Array(data) };
}
