import type { PhotoTask } from "@epochmark/plugin-kit";
import { denormalise, ImageError, normalise } from "@epochmark/plugin-kit/data";
import type { Sides } from "./requests.ts";

/** A full layer of 64 channels takes 1 GiB at this size, and several live at once. */
const mostPixels = 2048 * 2048;

/**
 * Blurred photograph in, restored one out, of the same size: padded below and on the right up to what the network takes, with
 * the middle of the range as the official code does, and cropped back.
 */
export function deblurPhotograph<Config>(sidesOf: (config: Config) => Sides): PhotoTask<Config> {
  return {
    gives: "photograph",
    async prepare(config, photograph) {
      const { name, width, height, pixels } = photograph;
      const { multiple, smallest } = sidesOf(config);
      const fitting = (side: number) => Math.max(smallest, Math.ceil(side / multiple) * multiple);
      const [tall, wide] = [fitting(height), fitting(width)];
      if (tall * wide > mostPixels)
        throw new ImageError(
          name,
          `has ${width} × ${height} pixels, more than the limit of ${mostPixels}: the networks' norms look at the whole picture, so it cannot be cut into tiles; make it smaller`,
        );
      const planes = normalise(pixels);
      const data = new Float32Array(3 * tall * wide);
      for (let row = 0; row < 3 * height; row++) {
        const to = (Math.floor(row / height) * tall + (row % height)) * wide;
        data.set(planes.subarray(row * width, (row + 1) * width), to);
      }
      return { blurred: { shape: [1, 3, tall, wide], data } };
    },
    present({ restored }, photograph) {
      const { width, height } = photograph;
      const [, , tall = 0, wide = 0] = restored!.shape;
      const planes = new Float32Array(3 * height * width);
      for (let row = 0; row < 3 * height; row++) {
        const from = (Math.floor(row / height) * tall + (row % height)) * wide;
        planes.set(restored!.data.subarray(from, from + width) as Float32Array, row * width);
      }
      return denormalise(planes, photograph);
    },
  };
}
