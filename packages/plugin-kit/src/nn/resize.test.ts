import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors, relativeError, slopes, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { resizeBilinear, type ResizeConvention, upsampleNearest } from "./resize.ts";

const [batch, height, width, channels] = [2, 4, 3, 2];
const shape = [batch, height, width, channels];

type Read = (image: number, row: number, column: number, channel: number) => number;

/** Output pixel by pixel; `pixel` reads the source at rounded positions. */
function resized(x: Float64Array, [rows, columns]: [number, number], pixel: (read: Read, at: number[]) => number) {
  const read: Read = (image, row, column, channel) =>
    x[((image * height + row) * width + column) * channels + channel]!;
  return Float64Array.from({ length: batch * rows * columns * channels }, (_, index) => {
    const channel = index % channels;
    const column = Math.floor(index / channels) % columns;
    const row = Math.floor(index / channels / columns) % rows;
    return pixel(read, [Math.floor(index / channels / columns / rows), row, column, channel]);
  });
}

const bilinear = (size: [number, number], convention: ResizeConvention) => (x: Float64Array) =>
  resized(x, size, (read, [image, row, column, channel]) => {
    const position = (index: number, from: number, to: number) =>
      convention === "legacy" ? (index * from) / to : ((index + 0.5) * from) / to - 0.5;
    const clamp = (index: number, from: number) => Math.min(Math.max(index, 0), from - 1);
    const [y, z] = [position(row!, height, size[0]), position(column!, width, size[1])];
    let sum = 0;
    for (const [i, p] of [0, 1].map((k) => [Math.floor(y) + k, k ? y - Math.floor(y) : 1 - (y - Math.floor(y))]))
      for (const [j, q] of [0, 1].map((k) => [Math.floor(z) + k, k ? z - Math.floor(z) : 1 - (z - Math.floor(z))]))
        sum += p! * q! * read(image!, clamp(i!, height), clamp(j!, width), channel!);
    return sum;
  });

beforeAll(useCpu);

describe.each(["half-pixel", "legacy"] as const)("resizeBilinear, %s", (convention) => {
  it.each<[number, number]>([
    [8, 6],
    [7, 5],
    [12, 3],
    [2, 2],
    [3, 9],
    [1, 1],
    [4, 3],
  ])("to %ix%i, gradient included", async (...size) => {
    const errors = await layerErrors(
      new Scope(),
      (x) => resizeBilinear(x, size, convention),
      shape,
      bilinear(size, convention),
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });

  it("agrees with TensorFlow.js's own op", () => {
    const x = tf.randomNormal<tf.Rank.R4>(shape as [number, number, number, number], 0, 1, "float32", 4);
    const expected = tf.image.resizeBilinear(x, [9, 7], false, convention === "half-pixel").dataSync();
    expect(relativeError(resizeBilinear(x, [9, 7], convention).dataSync(), expected)).toBeLessThan(1e-6);
  });

  it("has a second derivative", () => {
    const at = Array.from({ length: height * width * channels * batch }, (_, index) => Math.sin(index));
    const cubed = (x: tf.Tensor) => tf.sum(tf.pow(resizeBilinear(x, [6, 5], convention), 3));
    const second = tf
      .grad((x: tf.Tensor) => tf.sum(tf.square(tf.grad(cubed)(x))))(tf.tensor(at, shape))
      .dataSync();
    const value = (x: Float64Array) => bilinear([6, 5], convention)(x).reduce((sum, y) => sum + y ** 3, 0);
    const expected = slopes((x) => slopes(value, x).reduce((sum, slope) => sum + slope ** 2, 0), at, 1e-3);
    expect(relativeError(second, expected)).toBeLessThan(1e-5);
  });
});

describe("upsampleNearest", () => {
  it.each([1, 2, 4])("repeats each pixel %i times, gradient included", async (factor) => {
    const size: [number, number] = [height * factor, width * factor];
    const errors = await layerErrors(
      new Scope(),
      (x) => upsampleNearest(x, factor),
      shape,
      (x) =>
        resized(x, size, (read, [image, row, column, channel]) =>
          read(image!, Math.floor(row! / factor), Math.floor(column! / factor), channel!),
        ),
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });
});
