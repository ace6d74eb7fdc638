import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors } from "../testing/index.ts";
import { depthwiseConv2d, type DepthwiseConv2dOptions } from "./depthwise-conv2d.ts";

const [batch, height, width, channels] = [2, 5, 6, 3];

function filtered(x: Float64Array, weight: Float64Array, bias: Float64Array, options: DepthwiseConv2dOptions) {
  const { kernel, stride = 1, padding = 0 } = options;
  const count = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const [rows, columns] = [count(height), count(width)];
  return Float64Array.from({ length: batch * rows * columns * channels }, (_, index) => {
    const channel = index % channels;
    const left = (Math.floor(index / channels) % columns) * stride - padding;
    const top = (Math.floor(index / channels / columns) % rows) * stride - padding;
    const image = Math.floor(index / channels / columns / rows);
    let sum = bias[channel] ?? 0;
    for (let i = 0; i < kernel; i++)
      for (let j = 0; j < kernel; j++) {
        const [row, column] = [top + i, left + j];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        sum +=
          x[((image * height + row) * width + column) * channels + channel]! *
          weight[(channel * kernel + i) * kernel + j]!;
      }
    return sum;
  });
}

describe("depthwiseConv2d", () => {
  it.each<DepthwiseConv2dOptions>([
    { kernel: 3, padding: 1, bias: false },
    { kernel: 3, stride: 2, padding: 1, bias: false },
    { kernel: 2, stride: 2 },
  ])("filters each channel by itself with %o, gradients included", async (options) => {
    const scope = new Scope();
    const layer = depthwiseConv2d(scope, channels, options);
    const shape = [batch, height, width, channels];
    const errors = await layerErrors(scope, layer, shape, (x, { weight, bias = new Float64Array() }) =>
      filtered(x, weight!, bias, options),
    );
    expect(Object.keys(errors)).toHaveLength(options.bias === false ? 3 : 4);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });
});
