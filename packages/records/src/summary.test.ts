import type { Launch } from "@epochmark/schema";
import { expect, test } from "vitest";
import { logTInterval } from "./statistics.ts";
import { summarize } from "./summary.ts";
import { exampleLaunch } from "./testing.ts";

const launch = (samplesMs: number[], changes: Partial<Launch> = {}): Launch => ({
  ...exampleLaunch(),
  stepsPerSample: 1,
  samplesMs,
  wallMs: samplesMs.reduce((sum, sample) => sum + sample, 0),
  ...changes,
});

const peak = (value: number | null): Launch["memory"] => ({
  ...exampleLaunch().memory,
  hostPeakMiB: { value, method: "counter", reason: null },
  devicePeakMiB: { value: null, method: null, reason: "no counter" },
});

test("one launch: the figures stand, without interval", () => {
  // Ten samples of 5 steps; one of them slow. The median does not see it, the wall time does.
  const samplesMs = [100, 100, 100, 100, 100, 100, 100, 100, 100, 200];
  expect(summarize([launch(samplesMs, { stepsPerSample: 5 })], 8)).toEqual({
    stepMs: { median: 20, low: null, high: null },
    imagesPerSecond: { median: (8 * 10 * 5 * 1000) / 1100, low: null, high: null },
    p5Ms: 20,
    p95Ms: expect.closeTo(31, 10),
    interval: "none-single-launch",
    launches: 1,
    samples: 10,
    hostPeakMiB: 1400,
    devicePeakMiB: null,
    joulesPerImage: null,
    overhead: 2.5 / 1100,
    slopePercentPerMinute: null,
  });
});

test("energy, overhead and slope are those of the launches that know theirs", () => {
  const known = exampleLaunch().conditions;
  const power = { known: true as const, method: "counter", energyJ: 80, samples: 2, idleW: null };
  const minutes = Array.from({ length: 120 }, (_, i) => 1000 * (1 + 0.0001 * i));
  const summary = summarize(
    [
      launch([100, 100], { conditions: { ...known, power }, overheadMs: 1 }),
      launch([100, 100], { overheadMs: null }),
      launch(minutes, { overheadMs: 0 }),
    ],
    8,
  );
  expect(summary?.joulesPerImage).toBe(5);
  expect(summary?.overhead).toBeCloseTo(1 / (200 + minutes.reduce((a, b) => a + b)), 12);
  // 0.01 % a sample of one second, over the median.
  expect(summary?.slopePercentPerMinute).toBeCloseTo(0.59, 2);
});

test("several launches: geometric mean of their medians with the t-interval between launches", () => {
  const medians = [101, 99, 103, 97, 100.5];
  const summary = summarize(
    medians.map((median) => launch([median - 1, median, median + 1])),
    4,
  );
  expect(summary?.stepMs).toEqual(logTInterval(medians));
  expect(summary?.imagesPerSecond.median).toBeCloseTo(4000 / 100.07977442823521, 9);
  expect(summary?.imagesPerSecond.low).toBeCloseTo(4000 / 102.91389181120167, 9);
  expect(summary?.imagesPerSecond.high).toBeCloseTo(4000 / 97.32370502498337, 9);
  expect(summary).toMatchObject({ interval: "t-log-launch-medians", launches: 5, samples: 15 });
  // numpy 2.4.6: quantile of the pooled step times, linear interpolation (type 7)
  expect([summary?.p5Ms, summary?.p95Ms]).toEqual([expect.closeTo(96.7, 10), expect.closeTo(103.3, 10)]);
});

test("samples of unlike step counts are compared by step", () => {
  const summary = summarize([launch([100, 100]), launch([400, 400], { stepsPerSample: 4 })], 1);
  expect(summary?.stepMs.median).toBeCloseTo(100, 12);
});

test("the highest known memory is kept; launches without samples do not count", () => {
  const launches = [
    launch([100], { memory: peak(900) }),
    launch([100], { memory: peak(null) }),
    launch([100], { memory: peak(1200) }),
    launch([], { memory: peak(5000) }),
  ];
  expect(summarize(launches, 1)).toMatchObject({ launches: 3, hostPeakMiB: 1200, devicePeakMiB: null });
  expect(summarize([launch([])], 1)).toBeNull();
  expect(summarize([], 1)).toBeNull();
});
