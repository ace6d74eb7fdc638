import { expect, it } from "vitest";
import { scratchSchedule, tuningSchedule } from "./recipes.ts";
import { learningRateAt } from "./schedule.ts";

const atEpoch = (epoch: number) => learningRateAt(scratchSchedule, 1 + epoch * 1251);

it("warms up for five epochs from 1e-6, then follows the cosine from where it is by then", () => {
  expect(atEpoch(0)).toBe(1e-6);
  expect(learningRateAt(scratchSchedule, 1251)).toBe(1e-6);
  expect(atEpoch(1)).toBeCloseTo(1e-6 + 0.999e-3 / 5, 12);
  expect(atEpoch(5)).toBeCloseTo(1e-5 + (0.99e-3 * (1 + Math.cos((5 * Math.PI) / 300))) / 2, 12);
  expect(atEpoch(150)).toBeCloseTo(1e-5 + 0.99e-3 / 2, 12);
  expect(atEpoch(300)).toBe(1e-5);
  expect(atEpoch(305)).toBe(1e-5);
});

it("is flat in fine-tuning", () => {
  expect([1, 1000, 60_000].map((step) => learningRateAt(tuningSchedule, step))).toEqual([5e-6, 5e-6, 5e-6]);
});
