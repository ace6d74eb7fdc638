import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors } from "../testing/index.ts";
import { linear } from "./linear.ts";

const multiply = (rows: number, inputs: number, outputs: number) => (x: Float64Array, weight: Float64Array) =>
  Float64Array.from({ length: rows * outputs }, (_, index) => {
    const [row, output] = [Math.floor(index / outputs), index % outputs];
    let sum = 0;
    for (let k = 0; k < inputs; k++) sum += x[row * inputs + k]! * weight[output * inputs + k]!;
    return sum;
  });

describe("linear", () => {
  it("is x Wᵀ + b over the last axis, gradients included", async () => {
    const scope = new Scope();
    const product = multiply(6, 4, 5);
    const errors = await layerErrors(scope, linear(scope, 4, 5), [2, 3, 4], (x, { weight, bias }) =>
      product(x, weight!).map((value, index) => value + bias![index % 5]!),
    );
    expect(Object.keys(errors)).toEqual(["output", "x", "weight", "bias"]);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });

  it("has no bias where none is wanted", async () => {
    const scope = new Scope();
    const layer = linear(scope, 3, 2, { bias: false });
    const errors = await layerErrors(scope, layer, [4, 3], (x, { weight }) => multiply(4, 3, 2)(x, weight!));
    expect(Object.keys(errors)).toEqual(["output", "x", "weight"]);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });
});
