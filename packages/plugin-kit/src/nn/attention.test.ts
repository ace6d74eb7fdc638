import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { selfAttention } from "./attention.ts";

const [batch, tokens, dim, heads] = [2, 3, 4, 2];
const width = dim / heads;

/** One output element at a time, from the formula. @param power applied to every attention weight */
function reference(x: Float64Array, p: Record<string, Float64Array>, power = 1): Float64Array {
  const project = (row: number, output: number) => {
    let sum = p["qkv.bias"]![output]!;
    for (let k = 0; k < dim; k++) sum += x[row * dim + k]! * p["qkv.weight"]![output * dim + k]!;
    return sum;
  };
  const mixed = new Float64Array(x.length);
  for (let image = 0; image < batch; image++)
    for (let head = 0; head < heads; head++)
      for (let query = 0; query < tokens; query++) {
        const row = image * tokens + query;
        const scores = Array.from({ length: tokens }, (_, key) => {
          let dot = 0;
          for (let k = head * width; k < (head + 1) * width; k++)
            dot += project(row, k) * project(image * tokens + key, dim + k);
          return Math.exp(dot / Math.sqrt(width));
        });
        const total = scores.reduce((a, b) => a + b);
        for (let k = head * width; k < (head + 1) * width; k++)
          for (let key = 0; key < tokens; key++)
            mixed[row * dim + k]! += (scores[key]! / total) ** power * project(image * tokens + key, 2 * dim + k);
      }
  return mixed.map((_, index) => {
    const [row, output] = [Math.floor(index / dim), index % dim];
    let sum = p["proj.bias"]![output]!;
    for (let k = 0; k < dim; k++) sum += mixed[row * dim + k]! * p["proj.weight"]![output * dim + k]!;
    return sum;
  });
}

describe("selfAttention", () => {
  it("is softmax(q kᵀ / sqrt(d)) v per head, gradients included", async () => {
    const scope = new Scope();
    const layer = selfAttention(scope, dim, { heads });
    const errors = await layerErrors(scope, layer, [batch, tokens, dim], (x, p) => reference(x, p));
    expect(Object.keys(errors)).toEqual(["output", "x", "qkv.weight", "qkv.bias", "proj.weight", "proj.bias"]);
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-6);
  });

  it("lets the network work on the maps between softmax and values", async () => {
    const scope = new Scope();
    const attention = selfAttention(scope, dim, { heads });
    const layer = (x: tf.Tensor) => attention(x, (maps) => tf.square(maps));
    const errors = await layerErrors(scope, layer, [batch, tokens, dim], (x, p) => reference(x, p, 2));
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-6);
  });
});
