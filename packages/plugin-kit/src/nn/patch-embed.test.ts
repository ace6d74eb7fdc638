import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { patchEmbed } from "./patch-embed.ts";

const [batch, channels, height, width, patch, dim] = [2, 3, 4, 6, 2, 5];

describe("patchEmbed", () => {
  it("is the convolution with kernel = stride = patch on NCHW, flattened row by row, gradients included", async () => {
    const scope = new Scope();
    const layer = patchEmbed(scope, dim, { patch });
    const columns = width / patch;
    const patches = (height / patch) * columns;
    const errors = await layerErrors(scope, layer, [batch, channels, height, width], (x, p) =>
      Float64Array.from({ length: batch * patches * dim }, (_, index) => {
        const d = index % dim;
        const token = Math.floor(index / dim) % patches;
        const image = Math.floor(index / dim / patches);
        let sum = p["proj.bias"]![d]!;
        for (let c = 0; c < channels; c++)
          for (let i = 0; i < patch; i++)
            for (let j = 0; j < patch; j++) {
              const y = Math.floor(token / columns) * patch + i;
              const z = (token % columns) * patch + j;
              sum +=
                x[((image * channels + c) * height + y) * width + z]! *
                p["proj.weight"]![((d * channels + c) * patch + i) * patch + j]!;
            }
        return sum;
      }),
    );
    expect(Object.keys(errors)).toEqual(["output", "x", "proj.weight", "proj.bias"]);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });

  it("refuses an image that the patches do not tile", async () => {
    await useCpu();
    const layer = patchEmbed(new Scope(), 4, { patch: 16 });
    expect(() => layer(tf.zeros([1, 3, 32, 40]))).toThrow("32x40 cannot be cut into patches of 16x16");
  });
});
