import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { type MirrorSides, reflectPad, symmetricPad } from "./mirror-pad.ts";

const [batch, height, width, channels] = [2, 4, 5, 2];

/** Pixel by pixel: index -1 is pixel 1 (reflect) or pixel 0 (symmetric). */
function padded(x: Float64Array, sides: MirrorSides, skip: 0 | 1): Float64Array {
  const [[top, bottom], [left, right]] =
    typeof sides === "number"
      ? [
          [sides, sides],
          [sides, sides],
        ]
      : sides;
  const source = (index: number, size: number) =>
    index < 0 ? -index - 1 + skip : index >= size ? 2 * size - 1 - index - skip : index;
  const [rows, columns] = [height + top! + bottom!, width + left! + right!];
  return Float64Array.from({ length: batch * rows * columns * channels }, (_, index) => {
    const channel = index % channels;
    const column = source((Math.floor(index / channels) % columns) - left!, width);
    const row = source((Math.floor(index / channels / columns) % rows) - top!, height);
    const image = Math.floor(index / channels / columns / rows);
    return x[((image * height + row) * width + column) * channels + channel]!;
  });
}

const sides: MirrorSides[] = [
  1,
  2,
  3,
  [
    [1, 2],
    [0, 1],
  ],
  [
    [0, 0],
    [2, 2],
  ],
  [
    [3, 0],
    [1, 3],
  ],
];

beforeAll(useCpu);

describe.each([
  ["reflectPad", reflectPad, 1],
  ["symmetricPad", symmetricPad, 0],
] as const)("%s", (_, pad, skip) => {
  it.each(sides)("mirrors by %j, gradient included", async (by) => {
    const shape = [batch, height, width, channels];
    const errors = await layerErrors(
      new Scope(),
      (x) => pad(x, by),
      shape,
      (x) => padded(x, by, skip),
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });

  it("has a second derivative", () => {
    const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const cubed = (image: tf.Tensor) => tf.sum(tf.pow(pad(image, 1), 3));
    const second = tf
      .grad((image: tf.Tensor) => tf.sum(tf.square(tf.grad(cubed)(image))))(x)
      .dataSync();
    // Each of the four pixels appears four times: (4 · 3x²)² has the slope 576 x³.
    for (const [index, value] of [1, 2, 3, 4].entries()) expect(second[index]! / (576 * value ** 3)).toBeCloseTo(1, 5);
  });
});
