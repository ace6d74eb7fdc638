import { expect, test } from "vitest";
import { warmUp } from "./warm-up.ts";

/** Steps that take the times given, the last one for ever after, on a clock of their own. */
function scripted(timesMs: readonly number[]) {
  let clock = 0;
  let count = 0;
  return {
    now: () => clock,
    step: async () => {
      clock += timesMs[Math.min(count++, timesMs.length - 1)]!;
    },
  };
}

const warm = (timesMs: readonly number[], options = { budgetMs: 6000, latestMs: 60_000 }) => {
  const { now, step } = scripted(timesMs);
  return warmUp(step, { ...options, now });
};

test("steps that are level from the first settle after three", async () => {
  expect(await warm([800, 770, 780])).toEqual({ record: { steps: 3, ms: 2350, settled: true }, stepMs: 780 });
});

test("steps that are not settle after five, by their medians", async () => {
  expect(await warm([900, 800, 800, 950, 800])).toMatchObject({ record: { steps: 5, settled: true }, stepMs: 800 });
});

test("times that scatter without a trend settle, a steady fall of the same spread does not", async () => {
  expect((await warm([900, 1100, 940, 1060, 1000])).record).toMatchObject({ steps: 5, settled: true });
  expect((await warm([1100, 1050, 1000, 940, 900], { budgetMs: 4000, latestMs: 60_000 })).record).toMatchObject({
    steps: 5,
    settled: false,
  });
});

test("falling step times are waited for until they are level", async () => {
  const { record, stepMs } = await warm([400, 300, 200, 150, 120, 101, 100, 100, 100]);
  expect(record).toMatchObject({ steps: 9, settled: true });
  expect(stepMs).toBe(100);
});

test("short steps go on for 300 ms", async () => {
  const { record } = await warm([1]);
  expect(record).toEqual({ steps: 300, ms: 300, settled: true });
});

test("steps that never settle end with the budget, and say so", async () => {
  const { record } = await warm(Array.from({ length: 100 }, (_, i) => 100 + 50 * i));
  expect(record.settled).toBe(false);
  expect(record.ms).toBeGreaterThanOrEqual(6000);
  expect(record.ms).toBeLessThan(7000);
});

test("very slow steps get their five even past the budget, but not past the launch's time", async () => {
  expect((await warm([4000, 3000])).record).toMatchObject({ steps: 5, settled: true });
  expect((await warm([30_000])).record).toMatchObject({ steps: 2, settled: false });
});

test("one step is done even when loading took all of the time", async () => {
  expect(await warm([700], { budgetMs: 6000, latestMs: 0 })).toEqual({
    record: { steps: 1, ms: 700, settled: false },
    stepMs: 700,
  });
});

test("a budget of 0 is one step", async () => {
  expect((await warm([700], { budgetMs: 0, latestMs: 60_000 })).record).toEqual({ steps: 1, ms: 700, settled: false });
});
