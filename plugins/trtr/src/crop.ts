import type { loadPhotographs } from "@epochmark/plugin-kit/data";
import type { Inside } from "./position.ts";

export type Photograph = Awaited<ReturnType<typeof loadPhotographs>>[number];

/** Which part of a photograph a square crop shows: one point of it, where that point lands, how much it is enlarged. */
export interface View {
  /** In pixels of the photograph. */
  from: readonly [x: number, y: number];
  /** In pixels of the crop. */
  to: readonly [x: number, y: number];
  /** Crop pixels a photograph pixel. */
  scale: readonly [x: number, y: number];
}

/** Which of `cells` × `cells` equal cells of a square crop have their centre in the photograph. */
export function insideOf(photo: Photograph, { from, to, scale }: View, side: number, cells: number): Inside {
  const within = (axis: 0 | 1, cell: number, limit: number) => {
    const at = from[axis] + ((cell + 0.5) * (side / cells) - to[axis]) / scale[axis];
    return at >= 0 && at < limit;
  };
  return (row, column) => within(0, column, photo.width) && within(1, row, photo.height);
}

/** ImageNet's mean and deviation by colour, in the order that the official code meets: its images are blue, green, red. */
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/**
 * Bilinear crop, float32 [3, side, side], channels blue, green, red, normalised as the official code does; what lies
 * outside the photograph has its mean colour.
 */
export function crop(photo: Photograph, side: number, { from, to, scale }: View): Float32Array {
  const { width, height, pixels } = photo;
  const values = new Float32Array(3 * side * side);
  const outside = meanColour(photo);
  const [columns, rows] = ([0, 1] as const).map((axis) =>
    // Centres of pixels lie at halves.
    Array.from({ length: side }, (_, k) => from[axis] + (k + 0.5 - to[axis]) / scale[axis] - 0.5),
  ) as [number[], number[]];
  for (const [channel, colour] of [2, 1, 0].entries()) {
    const at = (x: number, y: number) =>
      x < 0 || y < 0 || x >= width || y >= height ? outside[colour]! : pixels[(y * width + x) * 3 + colour]!;
    for (const [row, y] of rows.entries())
      for (const [column, x] of columns.entries()) {
        const [left, top] = [Math.floor(x), Math.floor(y)];
        const [right, low] = [x - left, y - top];
        const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
        const below = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
        const pixel = above * (1 - low) + below * low;
        values[(channel * side + row) * side + column] = (pixel / 255 - mean[channel]!) / deviation[channel]!;
      }
  }
  return values;
}

const meanColours = new WeakMap<Photograph, number[]>();

function meanColour(photo: Photograph): number[] {
  const known = meanColours.get(photo);
  if (known) return known;
  const { pixels } = photo;
  const sums = [0, 0, 0];
  for (let index = 0; index < pixels.length; index++) sums[index % 3]! += pixels[index]!;
  const colour = sums.map((sum) => sum / (pixels.length / 3));
  meanColours.set(photo, colour);
  return colour;
}
