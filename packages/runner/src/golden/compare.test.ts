import { expect, it } from "vitest";
import { changeError, largestOfObjective, lossTerms, relativeL2, tensorError } from "./compare.ts";

it("measures the relative L2 error over the listed positions, the centre out of the denominator", () => {
  expect(relativeL2([3, 4.5], [3, 4])).toBeCloseTo(0.1);
  expect(relativeL2([11, 9], [10, 10], 10)).toBe(Infinity);
  expect(relativeL2([12, 9], [11, 9], 10)).toBeCloseTo(1 / Math.SQRT2);
  expect(relativeL2([0, 0], [0, 0])).toBe(0);
  expect(relativeL2([Number.NaN], [1])).toBeNaN();
});

it("takes the worse of a tensor's length and its samples, and a missing position as NaN", () => {
  const tensor = Float32Array.of(3, 0, 4);
  expect(tensorError(tensor, { l2: 5, indices: [0, 2], values: [3, 4] })).toBe(0);
  expect(tensorError(tensor, { l2: 10, indices: [0, 2], values: [3, 4] })).toBe(0.5);
  expect(tensorError(tensor, { l2: 5, indices: [0, 1], values: [3, 4] })).toBeCloseTo(0.8);
  expect(tensorError(tensor, { l2: 5, indices: [3], values: [1] })).toBeNaN();
});

it("compares changes, not values: a parameter that never moved is wholly wrong", () => {
  const fresh = Float32Array.of(1, 1);
  const reference = { l2: 1.42, changeL2: 0.5, indices: [0, 1], values: [1.3, 1.4] };
  expect(changeError(Float32Array.of(1.3, 1.4), fresh, reference)).toBeLessThan(1e-6);
  expect(changeError(fresh, fresh, reference)).toBe(1);
});

it("names losses by their path and finds the largest of the same objective", () => {
  const terms = lossTerms({ critic: [{ total: -8, penalty: 2 }, { total: 3 }], generator: { total: 0.5 } });
  expect(terms).toEqual([
    ["critic.0.total", -8],
    ["critic.0.penalty", 2],
    ["critic.1.total", 3],
    ["generator.total", 0.5],
  ]);
  expect(largestOfObjective("critic.0.penalty", terms)).toBe(8);
  expect(largestOfObjective("generator.total", terms)).toBe(0.5);
  expect(lossTerms(7.5)).toEqual([["total", 7.5]]);
});
