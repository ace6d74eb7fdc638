import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { erf, layerErrors, relativeError, slopes, useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { gelu } from "./gelu.ts";

const exact = (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2;
/** Φ(x) + x φ(x). */
const exactSlope = (x: number) => (1 + erf(x / Math.SQRT2)) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
const squaredSlope = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(gelu)(x)));

beforeAll(useCpu);

describe("gelu", () => {
  it("is the erf form, with its gradient", async () => {
    const errors = await layerErrors(new Scope(), gelu, [40], (x) => x.map(exact));
    expect(errors.output).toBeLessThan(5e-7);
    expect(errors.x).toBeLessThan(5e-7);
  });

  it("gives the tabulated normal distribution: Φ(1) = 0.841344746, 2 Φ(2) = 1.954499736", () => {
    const [one, minusOne, two] = gelu(tf.tensor1d([1, -1, 2])).dataSync();
    expect(one).toBeCloseTo(0.841344746, 6);
    expect(minusOne).toBeCloseTo(-0.158655254, 6);
    expect(two).toBeCloseTo(1.954499736, 6);
  });

  it("has a second derivative, though the forward pass saves Φ on the side", () => {
    const points = [-2.5, -1, -0.3, 0, 0.7, 1.9];
    const second = tf.grad(squaredSlope)(tf.tensor1d(points)).dataSync();
    const expected = slopes((at) => at.reduce((sum, x) => sum + exactSlope(x) ** 2, 0), points);
    expect(relativeError(second, expected)).toBeLessThan(1e-6);
  });
});
