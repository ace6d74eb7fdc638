import { expect, test } from "vitest";
import { unstableReason } from "./stability.ts";
import { exampleLaunch } from "./testing.ts";

const launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index));
const restless = { ...exampleLaunch(1), warmup: { steps: 3, ms: 60_000, settled: false } };

test("steady launches are steady", () => {
  expect(unstableReason(launches, "ranked")).toBeNull();
  expect(unstableReason(launches.slice(0, 1), "fast")).toBeNull();
});

test("a warm-up that never settled", () => {
  const expected = "the warm-up had not settled when its budget ended (1 of 5 launches)";
  expect(unstableReason(launches.with(1, restless), "ranked")).toBe(expected);
  expect(unstableReason([restless], "fast")).toMatch(/warm-up/);
});

test.each([0.97, 1.03])("samples that are not the window: wall time × %d", (factor) => {
  const sum = launches[2]!.samplesMs.reduce((total, sample) => total + sample, 0);
  const adrift = launches.with(2, { ...launches[2]!, wallMs: sum * factor });
  expect(unstableReason(adrift, "ranked")).toMatch(/^launch 2: wall time and sum of samples differ by [23]\.\d %/);
});

test("an interval wider than ± 10 % in mode ranked; other modes publish none", () => {
  const spread = [80, 120, 100, 90, 115].map((stepMs, index) => exampleLaunch(index, stepMs));
  expect(unstableReason(spread, "ranked")).toMatch(/^the 95 % interval is ± [12]\d\.\d %, more than ± 10\.0 %$/);
  expect(unstableReason(spread, "fast")).toBeNull();
});
