import { expect, it } from "vitest";
import { model } from "./model.ts";
import { learningRateAt } from "./schedule.ts";

it("halves the rate after every six epochs", () => {
  const { schedule } = model.configs.full;
  const atEpoch = (epoch: number) => learningRateAt(schedule, 1 + epoch * schedule.stepsPerEpoch);
  expect([0, 5, 6, 11, 12, 18].map(atEpoch)).toEqual([1e-4, 1e-4, 5e-5, 5e-5, 2.5e-5, 1.25e-5]);
  expect(learningRateAt(schedule, 6 * schedule.stepsPerEpoch)).toBe(1e-4);
});
