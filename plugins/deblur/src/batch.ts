import type { Arrays, BatchRequest, Random } from "@epochmark/plugin-kit";
import { loadPhotographs, randomResizedCrop, uniformImages } from "@epochmark/plugin-kit/data";
import type { DeblurGanConfig, ImageSize } from "./config.ts";
import { criticUpdates } from "./deblurgan.ts";
import { blur, drawBlurKernel } from "./motion-blur.ts";
import { learningRateAt } from "./schedule.ts";

/** Host arrays of one step: blurred (and in training sharp) images, the penalty's shares, the dropout seed, rate and step. */
export async function makeBatch(config: DeblurGanConfig, request: BatchRequest): Promise<Arrays> {
  const { batch, phase, random, source, step = 1 } = request;
  const size = phase === "train" ? config.trainImage : config.inferImage;
  const { blurred, sharp } = await (source === "photographs" ? photographs : synthetic)(config, size, batch, random);
  if (phase !== "train") return { blurred };
  return {
    blurred,
    sharp,
    ...(config.objective === "paper" && {
      alpha: Float32Array.from({ length: criticUpdates }, () => random.uniform()),
    }),
    seed: Int32Array.of(random.uint32() | 0),
    dropout: Float32Array.of(config.dropout),
    learningRate: Float32Array.of(learningRateAt(config.schedule, step)),
    step: Float32Array.of(step),
  };
}

/**
 * The train inputs for a golden file's `batch.blurred`, `batch.sharp` and `batch.alpha`, dropout off. Update k of
 * iteration i takes share 5 (i - 1) + k; past the end the last one stands.
 */
export function goldenBatch(config: DeblurGanConfig, batch: Arrays, learningRate: number, step: number): Arrays {
  const { "batch.blurred": blurred, "batch.sharp": sharp, "batch.alpha": alpha } = batch;
  if (!blurred || !sharp || (config.objective === "paper" && !alpha))
    throw new Error(
      `DeblurGAN's training batch needs batch.blurred, batch.sharp and batch.alpha, not ${Object.keys(batch).join(", ")}`,
    );
  const first = criticUpdates * (step - 1);
  return {
    blurred,
    sharp,
    ...(alpha && {
      alpha: Float32Array.from({ length: criticUpdates }, (_, k) => alpha[Math.min(first + k, alpha.length - 1)]!),
    }),
    seed: Int32Array.of(0),
    dropout: Float32Array.of(0),
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  };
}

/** [batch, 3, height, width] each, in [-1, 1]. */
interface Pairs {
  blurred: Float32Array;
  sharp: Float32Array;
}

async function synthetic(_: DeblurGanConfig, size: ImageSize, batch: number, random: Random): Promise<Pairs> {
  const shape = [batch, 3, ...size];
  return { blurred: uniformImages(random, shape), sharp: uniformImages(random, shape) };
}

/** Crops of the shipped photographs and the same blurred by a random camera path each. */
async function photographs(
  { blurLength }: DeblurGanConfig,
  [height, width]: ImageSize,
  batch: number,
  random: Random,
): Promise<Pairs> {
  const pictures = await loadPhotographs();
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
