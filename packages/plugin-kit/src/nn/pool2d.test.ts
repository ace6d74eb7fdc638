import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors } from "../testing/index.ts";
import { avgPool2d, maxPool2d, type Pool2dOptions } from "./pool2d.ts";
import { samePadding } from "./same-padding.ts";

const [batch, height, width, channels] = [2, 6, 5, 2];

type Options = Omit<Pool2dOptions, "padding"> & { padding?: number | "same" };

function pooled(x: Float64Array, options: Options, reduce: (values: number[]) => number): Float64Array {
  const { kernel, stride = kernel, padding = 0 } = options;
  const around = (size: number) =>
    padding === "same" ? samePadding(size, kernel, stride) : ([padding, padding] as const);
  const [[above, below], [before, after]] = [around(height), around(width)];
  const count = (size: number) => Math.floor((size - kernel) / stride) + 1;
  const [rows, columns] = [count(above + height + below), count(before + width + after)];
  return Float64Array.from({ length: batch * rows * columns * channels }, (_, index) => {
    const channel = index % channels;
    const left = (Math.floor(index / channels) % columns) * stride - before;
    const top = (Math.floor(index / channels / columns) % rows) * stride - above;
    const image = Math.floor(index / channels / columns / rows);
    const seen: number[] = [];
    for (let row = Math.max(0, top); row < Math.min(height, top + kernel); row++)
      for (let column = Math.max(0, left); column < Math.min(width, left + kernel); column++)
        seen.push(x[((image * height + row) * width + column) * channels + channel]!);
    return reduce(seen);
  });
}

describe.each([
  ["maxPool2d", maxPool2d, (values: number[]) => Math.max(...values)],
  ["avgPool2d", avgPool2d, (values: number[]) => values.reduce((a, b) => a + b) / values.length],
] as const)("%s", (_, pool, reduce) => {
  it.each<Pool2dOptions>([
    { kernel: 2 },
    { kernel: 3, stride: 2 },
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
  ])("with %o, gradient included", async (options) => {
    const shape = [batch, height, width, channels];
    const layer = layerErrors(
      new Scope(),
      (x) => pool(x, options),
      shape,
      (x) => pooled(x, options, reduce),
    );
    expect(Math.max(...Object.values(await layer))).toBeLessThan(1e-6);
  });
});

it("maxPool2d pads as TensorFlow's SAME, gradient included", async () => {
  const options = { kernel: 3, stride: 2, padding: "same" } as const;
  const errors = await layerErrors(
    new Scope(),
    (x) => maxPool2d(x, options),
    [batch, height, width, channels],
    (x) => pooled(x, options, (values) => Math.max(...values)),
  );
  expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
});
