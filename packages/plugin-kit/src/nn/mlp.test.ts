import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { erf, layerErrors } from "../testing/index.ts";
import { mlp } from "./mlp.ts";

function dense(x: ArrayLike<number>, weight: Float64Array, bias: Float64Array): Float64Array {
  return bias.map((b, output) => {
    let sum = b;
    for (let k = 0; k < x.length; k++) sum += x[k]! * weight[output * x.length + k]!;
    return sum;
  });
}

describe("mlp", () => {
  it("is linear, exact GELU, linear", async () => {
    const scope = new Scope();
    const errors = await layerErrors(scope, mlp(scope, 3, 7), [1, 3], (x, p) => {
      const hidden = dense(x, p["fc1.weight"]!, p["fc1.bias"]!);
      const active = hidden.map((value) => (value * (1 + erf(value / Math.SQRT2))) / 2);
      return dense(active, p["fc2.weight"]!, p["fc2.bias"]!);
    });
    expect(Object.keys(errors)).toEqual(["output", "x", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });
});
