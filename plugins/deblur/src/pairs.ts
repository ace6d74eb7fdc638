import type { BatchRequest, Random } from "@epochmark/plugin-kit";
import { loadPhotographs, type Photograph, randomResizedCrop, uniformImages } from "@epochmark/plugin-kit/data";
import { blur, drawBlurKernel } from "./motion-blur.ts";
import type { ImageSize } from "./requests.ts";

interface PairConfig {
  inferImage: ImageSize;
  trainImage: ImageSize;
  /** Largest length of the motion, in pixels. */
  blurLength: number;
}

/** [batch, 3, height, width] each, in [-1, 1]. */
export interface Pairs {
  blurred: Float32Array;
  sharp: Float32Array;
}

/** What a request for a batch asks for: random pixels, or crops of the shipped photographs. */
export async function makePairs(config: PairConfig, request: BatchRequest): Promise<Pairs> {
  const { batch, phase, random, source } = request;
  const size = phase === "train" ? config.trainImage : config.inferImage;
  if (source === "photographs")
    return cropsOf(request.photographs ?? (await loadPhotographs()), config, size, batch, random);
  const shape = [batch, 3, ...size];
  return { blurred: uniformImages(random, shape), sharp: uniformImages(random, shape) };
}

/** Crops of photographs and the same blurred by a random camera path each. */
async function cropsOf(
  pictures: readonly Photograph[],
  { blurLength }: PairConfig,
  [height, width]: ImageSize,
  batch: number,
  random: Random,
): Promise<Pairs> {
  const area = height * width;
  const side = Math.max(height, width);
  const pairs = { blurred: new Float32Array(batch * 3 * area), sharp: new Float32Array(batch * 3 * area) };
  for (let index = 0; index < batch; index++) {
    const kernel = drawBlurKernel(random, random.uniform(blurLength / 2, blurLength));
    const margin = kernel.radius;
    const picture = pictures[random.integer(pictures.length)]!;
    const planes = await randomResizedCrop(picture, side + 2 * margin, random, { scale: [0.3, 1], ratio: [1, 1] });
    const still = { radius: 0, offsets: [{ dx: 0, dy: 0, weight: 1 }] };
    for (const [name, path] of [
      ["sharp", still],
      ["blurred", kernel],
    ] as const)
      pairs[name].set(cut(blur(planes, side, margin, path), side, [height, width]), index * 3 * area);
  }
  return pairs;
}

/** The upper left part of square planes. */
function cut(planes: Float32Array, side: number, [height, width]: ImageSize): Float32Array {
  if (height === side && width === side) return planes;
  const result = new Float32Array(3 * height * width);
  for (let row = 0; row < 3 * height; row++) {
    const from = Math.floor(row / height) * side ** 2 + (row % height) * side;
    result.set(planes.subarray(from, from + width), row * width);
  }
  return result;
}
