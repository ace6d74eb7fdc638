import { expect, it } from "vitest";
import { deblurGanSchedule } from "./recipes.ts";
import { learningRateAt } from "./schedule.ts";
import { v2Schedules } from "./v2-recipes.ts";

const inEpoch = (epoch: number) => learningRateAt(deblurGanSchedule, (epoch - 1) * 1000 + 1);

it("stays for 151 epochs, because each decrease comes at an epoch's end, then falls by 1/150 an epoch", () => {
  expect(inEpoch(1)).toBe(1e-4);
  expect(inEpoch(151)).toBe(1e-4);
  expect(inEpoch(152)).toBeCloseTo((1e-4 * 149) / 150, 12);
  expect(inEpoch(300)).toBeCloseTo(1e-4 / 150, 12);
  expect(inEpoch(301)).toBeCloseTo(0, 12);
  expect(learningRateAt(deblurGanSchedule, 152_000)).toBe(inEpoch(152));
});

it("ends near the last rate, never below it", () => {
  const { paper, repository } = v2Schedules;
  expect(learningRateAt(paper, 150 * 10_000)).toBe(1e-4);
  expect(learningRateAt(paper, 300 * 10_000)).toBeCloseTo(1e-7 + (1e-4 - 1e-7) / 150, 12);
  expect(learningRateAt(paper, 400 * 10_000)).toBeCloseTo(1e-7, 12);
  // The repository stops after 200 epochs, a quarter of the way from the end.
  expect(learningRateAt(repository, 200 * 1000)).toBeCloseTo(1e-4 - (149 / 200) * (1e-4 - 1e-7), 12);
});
