import type { Random } from "@epochmark/plugin-kit";
import { loadPhotographs, randomResizedCrop } from "@epochmark/plugin-kit/data";
import type { ImageSize } from "./config.ts";
import { blurByDisc, type Planes } from "./planes.ts";

/** One flat picture that stands in the scene, parallel to the lens. */
interface Layer {
  /** Colours times cover, then the cover itself: [4, height, width] in [0, 1]. */
  planes: Planes;
  /** Inverse depth in [0, 1], near is large. */
  depth: number;
}

/** Pictures at several depths, from far to near; the farthest covers all. */
export interface Scene {
  size: ImageSize;
  layers: Layer[];
}

/** A scene of crops of the shipped photographs: a background and one to three things before it, at random depths. */
export async function drawScene(size: ImageSize, random: Random): Promise<Scene> {
  const photographs = await loadPhotographs();
  const things = 1 + random.integer(3);
  const depths = Array.from({ length: things }, () => random.uniform(0.25, 1)).toSorted((a, b) => a - b);
  const layers: Layer[] = [];
  for (const depth of [0, ...depths]) {
    const cover = depth === 0 ? new Float32Array(size[0] * size[1]).fill(1) : drawCover(size, random);
    const picture = photographs[random.integer(photographs.length)]!;
    const side = Math.max(...size);
    const options = { scale: [0.2, 1], ratio: [1, 1], mean: 0, std: 1 } as const;
    const square = await randomResizedCrop(picture, side, random, options);
    layers.push({ depth, planes: covered(square, side, cover, size) });
  }
  return { size, layers };
}

/** Layers of a picture with depth. */
const slices = 12;

/**
 * A picture cut into layers by its inverse depth; behind them stands the whole picture.
 * @param picture red, green, blue in [0, 1], [3, height, width] @param depth [height, width] in [0, 1], near is large
 */
export function sceneOf(size: ImageSize, picture: Float32Array, depth: Float32Array): Scene {
  const area = size[0] * size[1];
  const sliceOf = (value: number): number => Math.min(slices - 1, Math.floor(value * slices));
  const layers = Array.from({ length: slices }, (_, slice): Layer => {
    const data = new Float32Array(4 * area);
    for (let index = 0; index < area; index++) {
      if (slice > 0 && sliceOf(depth[index]!) !== slice) continue;
      for (let channel = 0; channel < 3; channel++)
        data[channel * area + index] = picture[(2 - channel) * area + index]!;
      data[3 * area + index] = 1;
    }
    return { depth: (slice + 0.5) / slices, planes: { size, data } };
  });
  return { size, layers };
}

/** What a lens sees that is focused at `focus` (an inverse depth): [3, height, width], channels blue, green, red. */
export function photograph({ size, layers }: Scene, focus: number, blurRadius: number): Planes {
  const area = size[0] * size[1];
  const seen = new Float32Array(3 * area);
  for (const { planes, depth } of layers) {
    const { data } = blurByDisc(planes, Math.abs(depth - focus) * blurRadius);
    for (let index = 0; index < area; index++) {
      const cover = data[3 * area + index]!;
      for (let channel = 0; channel < 3; channel++) {
        const at = channel * area + index;
        seen[at] = seen[at]! * (1 - cover) + data[at]!;
      }
    }
  }
  return { size, data: seen };
}

/** Inverse depth of the nearest layer at each pixel, and where that is not the background: [height, width] each. */
export function depthOf({ size, layers }: Scene): { depth: Float32Array; foreground: Float32Array } {
  const area = size[0] * size[1];
  const [depth, foreground] = [new Float32Array(area), new Float32Array(area)];
  for (const [order, layer] of layers.entries())
    for (let index = 0; index < area; index++) {
      if (layer.planes.data[3 * area + index]! < 0.5) continue;
      depth[index] = layer.depth;
      foreground[index] = Number(order > 0);
    }
  return { depth, foreground };
}

/** A wavy disc: cover 1 inside, 0 outside, an edge of about a pixel. */
function drawCover([height, width]: ImageSize, random: Random): Float32Array {
  const [x, y] = [random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.9) * height];
  const radius = random.uniform(0.15, 0.4) * Math.min(height, width);
  const stretch = Math.exp(random.uniform(-0.5, 0.5));
  const waves = [2, 3, 5].map((count) => ({
    count,
    phase: random.uniform(0, 2 * Math.PI),
    size: random.uniform(0, 0.2),
  }));
  return Float32Array.from({ length: height * width }, (_, index) => {
    const [dx, dy] = [((index % width) - x) / stretch, (Math.floor(index / width) - y) * stretch];
    const angle = Math.atan2(dy, dx);
    const bent = waves.reduce((sum, { count, phase, size }) => sum + size * Math.sin(count * angle + phase), 1);
    return Math.min(1, Math.max(0, radius * bent - Math.hypot(dx, dy) + 0.5));
  });
}

/** The upper left part of a square crop, red, green, blue, as a layer. */
function covered(square: Float32Array, side: number, cover: Float32Array, size: ImageSize): Planes {
  const [height, width] = size;
  const area = height * width;
  const data = new Float32Array(4 * area);
  for (let index = 0; index < area; index++) {
    const from = Math.floor(index / width) * side + (index % width);
    // Bicubic crops overshoot a little.
    for (let channel = 0; channel < 3; channel++)
      data[channel * area + index] =
        Math.min(1, Math.max(0, square[(2 - channel) * side ** 2 + from]!)) * cover[index]!;
    data[3 * area + index] = cover[index]!;
  }
  return { size, data };
}
