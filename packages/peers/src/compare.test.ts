import { expect, test } from "vitest";
import { compareRounds } from "./compare.ts";
import type { LaunchResult } from "./side.ts";

const launch = (stepsMs: number[], peakMiB: number | null): LaunchResult => ({
  stepsMs,
  peakMiB,
  memoryMethod: "constructed",
  operatorMs: { Conv: 3, aten__x: 1 },
  software: "constructed",
});

test("the ratio is that of each round's medians, so that a slow minute of the machine cancels", () => {
  const quiet = { pytorch: launch([100, 110, 90], 1000), epochmark: launch([80, 90, 70], 2000) };
  const busy = { pytorch: launch([200, 220, 180], 1000), epochmark: launch([180, 160, 140], 1500) };
  const { timeRatio, stepMs, peakMiB, memoryRatio } = compareRounds([quiet, busy, quiet]);
  expect(timeRatio).toEqual({ median: 0.8, low: 0.8, high: 0.8 });
  expect(stepMs.pytorch).toEqual({ median: 110, low: 90, high: 220 });
  expect(stepMs.epochmark).toEqual({ median: 90, low: 70, high: 180 });
  expect(peakMiB).toEqual({ pytorch: 1000, epochmark: 2000 });
  expect(memoryRatio).toEqual({ median: 2, low: 1.5, high: 2 });
});

test("memory that one side cannot tell has no ratio", () => {
  const round = { pytorch: launch([1], null), epochmark: launch([1], 5) };
  expect(compareRounds([round])).toMatchObject({ peakMiB: { pytorch: null, epochmark: 5 }, memoryRatio: null });
});

test("no rounds give no figures", () => {
  expect(() => compareRounds([])).toThrow();
});
