import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors } from "../testing/index.ts";
import { convTranspose2d, type ConvTranspose2dOptions } from "./conv-transpose2d.ts";

const [batch, height, width, inputs, outputs] = [2, 3, 4, 2, 3];

/** Every input pixel paints its filter into the output, NHWC by [inputs, outputs, kernel, kernel]. */
function painted(x: Float64Array, weight: Float64Array, bias: Float64Array, options: ConvTranspose2dOptions) {
  const { kernel, stride, padding, outputPadding = 0 } = options;
  const rows = (height - 1) * stride - 2 * padding + kernel + outputPadding;
  const columns = (width - 1) * stride - 2 * padding + kernel + outputPadding;
  const y = Float64Array.from({ length: batch * rows * columns * outputs }, (_, index) => bias[index % outputs] ?? 0);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++)
        for (let c = 0; c < inputs; c++)
          for (let o = 0; o < outputs; o++)
            for (let i = 0; i < kernel; i++)
              for (let j = 0; j < kernel; j++) {
                const [row, column] = [h * stride + i - padding, w * stride + j - padding];
                if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
                y[((b * rows + row) * columns + column) * outputs + o]! +=
                  x[((b * height + h) * width + w) * inputs + c]! *
                  weight[((c * outputs + o) * kernel + i) * kernel + j]!;
              }
  return y;
}

describe("convTranspose2d", () => {
  it.each<ConvTranspose2dOptions>([
    { kernel: 3, stride: 2, padding: 1, outputPadding: 1 },
    { kernel: 4, stride: 2, padding: 1 },
    { kernel: 2, stride: 2, padding: 0, bias: false },
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 3, padding: 0, outputPadding: 2 },
  ])("paints with %o, gradients included", async (options) => {
    const scope = new Scope();
    const layer = convTranspose2d(scope, inputs, outputs, options);
    const shape = [batch, height, width, inputs];
    const errors = await layerErrors(scope, layer, shape, (x, { weight, bias = new Float64Array() }) =>
      painted(x, weight!, bias, options),
    );
    expect(Object.keys(errors)).toHaveLength(options.bias === false ? 3 : 4);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });

  it("refuses an output padding that names no size", () => {
    const options = { kernel: 3, stride: 2, padding: 1, outputPadding: 2 };
    expect(() => convTranspose2d(new Scope(), 1, 1, options)).toThrow("output padding 2 must be below the stride 2");
  });
});
