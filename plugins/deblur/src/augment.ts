/**
 * DeblurGAN-v2's augmentation, as its official repository configures it: one distortion of both pictures, one corruption of
 * the blurred one. How far each goes is what the albumentations library does by default, which the repository uses.
 */
import type { Random } from "@epochmark/plugin-kit";
import {
  flipped,
  medianFiltered,
  modulated,
  type Photograph,
  recompressed,
  relevelled,
  remapped,
  sharpened,
  transposed,
} from "@epochmark/plugin-kit/data";

type Edit = (photo: Photograph) => Photograph | Promise<Photograph>;

const probability = 0.5;

/** With probability 0.5 one distortion, the same for both pictures. */
export async function distort<Pair extends Photograph[]>(pair: Pair, random: Random): Promise<Pair> {
  if (random.uniform() >= probability) return pair;
  const { width, height } = pair[0]!;
  const edit = distortions[random.integer(distortions.length)]!(random, width, height);
  return (await Promise.all(pair.map(edit))) as Pair;
}

/** With probability 0.5 one corruption. */
export async function corrupt(photo: Photograph, random: Random): Promise<Photograph> {
  if (random.uniform() >= probability) return photo;
  return corruptions[random.integer(corruptions.length)]!(random)(photo);
}

/** Each draws what it does before it sees a pixel, so that both pictures of a pair get the same. */
const distortions: ((random: Random, width: number, height: number) => Edit)[] = [
  () => flipped,
  () => transposed,
  // Shift to 1/16 of the side, scale within 10 %, turn within 45 degrees.
  (random, width, height) => {
    const [dx, dy] = [random.uniform(-1, 1) * (width / 16), random.uniform(-1, 1) * (height / 16)];
    const scale = 1 + random.uniform(-0.1, 0.1);
    const angle = random.uniform(-Math.PI / 4, Math.PI / 4);
    const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    return (photo) =>
      remapped(photo, (x, y) => {
        const [u, v] = [x - cx - dx, y - cy - dy];
        return [cx + cos * u + sin * v, cy - sin * u + cos * v];
      });
  },
  // Radial lens distortion, coefficient within 0.05.
  (random, width, height) => {
    const strength = random.uniform(-0.05, 0.05);
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    return (photo) =>
      remapped(photo, (x, y) => {
        const [u, v] = [(x - cx) / width, (y - cy) / width];
        const square = u * u + v * v;
        const stretch = 1 + strength * square + strength * square ** 2;
        return [cx + u * stretch * width, cy + v * stretch * width];
      });
  },
  // Elastic: shifts that change smoothly over a coarse grid.
  (random, width, height) => {
    const cell = 50;
    const columns = Math.ceil(width / cell) + 2;
    const shifts = Array.from({ length: 2 * columns * (Math.ceil(height / cell) + 2) }, () => random.normal(0, 1));
    const shift = (x: number, y: number, axis: number): number => {
      const [left, top] = [Math.floor(x / cell), Math.floor(y / cell)];
      const [right, low] = [x / cell - left, y / cell - top];
      const at = (column: number, row: number): number => shifts[2 * (row * columns + column) + axis]!;
      const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
      return above * (1 - low) + (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * low;
    };
    return (photo) => remapped(photo, (x, y) => [x + shift(x, y, 0), y + shift(x, y, 1)]);
  },
];

const corruptions: ((random: Random) => Edit)[] = [
  // Cutout: three black holes of at most 25 x 25.
  (random) => (photo) => {
    const pixels = photo.pixels.slice();
    for (let hole = 0; hole < 3; hole++) {
      const [x, y] = [random.integer(photo.width), random.integer(photo.height)];
      for (let row = Math.max(0, y - 12); row < Math.min(photo.height, y + 13); row++) {
        const from = row * photo.width;
        pixels.fill(0, (from + Math.max(0, x - 12)) * 3, (from + Math.min(photo.width, x + 13)) * 3);
      }
    }
    return { ...photo, pixels };
  },
  (random) => {
    const quality = 70 + random.integer(21);
    return (photo) => recompressed(photo, quality);
  },
  // Motion blur: the mean along a line of 3 to 7 pixels.
  (random) => {
    const reach = 1 + random.integer(3);
    const angle = random.uniform(0, Math.PI);
    return (photo) => {
      const sums = new Float32Array(photo.pixels.length);
      for (let step = -reach; step <= reach; step++) {
        const moved = remapped(photo, (x, y) => [x + step * Math.cos(angle), y + step * Math.sin(angle)]);
        for (const [index, value] of moved.pixels.entries()) sums[index]! += value / (2 * reach + 1);
      }
      return { ...photo, pixels: Uint8Array.from(sums, Math.round) };
    };
  },
  (random) => {
    const side = 3 + 2 * random.integer(3);
    return (photo) => medianFiltered(photo, side);
  },
  (random) => {
    const gamma = random.uniform(0.8, 1.2);
    const level = (value: number): number => 255 * (value / 255) ** gamma;
    return (photo) => relevelled(photo, [level, level, level]);
  },
  (random) => {
    const shift = (): ((value: number) => number) => {
      const by = random.uniform(-20, 20);
      return (value) => value + by;
    };
    const levels = [shift(), shift(), shift()] as const;
    return (photo) => relevelled(photo, levels);
  },
  (random) => {
    const hue = random.uniform(-20, 20);
    const [saturation, brightness] = [random.uniform(0.88, 1.12), random.uniform(0.92, 1.08)];
    return (photo) => modulated(photo, { hue, saturation, brightness });
  },
  (random) => {
    const sigma = random.uniform(0.5, 1.5);
    return (photo) => sharpened(photo, sigma);
  },
];
