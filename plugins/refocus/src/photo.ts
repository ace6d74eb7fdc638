import type { PhotoTask } from "@epochmark/plugin-kit";
import { denormalise, normalise, type Photograph, resize } from "@epochmark/plugin-kit/data";
import { configure, type DeepLensConfig } from "./config.ts";

/** Longest side that the released demonstration works on; it shrinks what is larger. */
const longest = 1280;
/** Pixels in [0, 1]. */
const unit = { mean: 0, std: 1 };

/**
 * The photograph, a point to focus on and an aperture in; out comes the refocused photograph, its long side at most 1280
 * pixels. As the released demonstration: 1280 pixels are halved twice for the lens blur, 640 once, fewer not at all.
 */
export const refocus: PhotoTask<DeepLensConfig> = {
  gives: "photograph",
  options: {
    focus: {
      description: "what to focus on, as shares of the photograph's width and height",
      hint: "x,y",
      default: [0.5, 0.5],
      range: [0, 1],
    },
    aperture: { description: "how wide the lens is open: 0 keeps all sharp", hint: "a", default: [1], range: [0, 1] },
  },
  async prepare(config, photograph, settings = {}) {
    const { focus = [0.5, 0.5], aperture = [1] } = settings;
    const [width, height] = fitted(photograph);
    const image = {
      shape: [1, 3, height, width],
      data: swap(normalise((await resize(photograph, width, height)).pixels, unit)),
    };
    const shapes = { image: image.shape, focalPoint: [1, 2] };
    const [rows, columns] = configure(config, { shapes }).infer[0]!;
    const at = (share: number, size: number) => Math.min(size - 1, Math.floor(share * size));
    return {
      image,
      focalPoint: { shape: [1, 2], data: Int32Array.of(at(focus[0]!, columns), at(focus[1]!, rows)) },
      aperture: { shape: [1], data: Float32Array.of(aperture[0]!) },
    };
  },
  present(outputs, { name }) {
    const results = Object.keys(outputs).filter((output) => output.startsWith("dof"));
    const { shape, data } = outputs[results.toSorted().at(-1)!]!;
    const [, , height, width] = shape as [number, number, number, number];
    return denormalise(swap(data as Float32Array), { name, width, height }, unit);
  },
};

/** Width and height with the long side at most 1280. */
function fitted({ width, height }: Photograph): [number, number] {
  const shrink = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * shrink)), Math.max(1, Math.round(height * shrink))];
}

/** Planes red, green, blue to blue, green, red, and back. */
function swap(planes: Float32Array): Float32Array {
  const area = planes.length / 3;
  const swapped = planes.slice();
  swapped.copyWithin(0, 2 * area);
  swapped.set(planes.subarray(0, area), 2 * area);
  return swapped;
}
