import { expect, test } from "vitest";
import { compareRuns } from "./compare.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";

const timed = (stepMs: number, changes: Parameters<typeof exampleCase>[0] = {}, count = 5) =>
  exampleCase({ launches: Array.from({ length: count }, (_, index) => exampleLaunch(index, stepMs)), ...changes });
const run = (...cases: ReturnType<typeof exampleCase>[]) => exampleRunFile({ cases });

test("a ratio for each case with its interval, and their geometric mean", async () => {
  const a = await run(timed(100), timed(40, { phase: "infer" }));
  const b = await run(timed(50), timed(40, { phase: "infer" }));
  const { pairs, missing, mean } = compareRuns([a], [b]);
  expect(pairs.map(({ ratio }) => [ratio.median.toFixed(2), ratio.distinguishable])).toEqual([
    ["2.00", true],
    ["1.00", false],
  ]);
  expect(mean?.median).toBeCloseTo(Math.SQRT2, 3);
  expect(missing).toEqual([]);
});

test("what only one side has is counted, not passed over", async () => {
  const a = await run(timed(100), timed(40, { phase: "infer" }));
  const { pairs, missing } = compareRuns([a], [await run(timed(100), timed(1, { model: "vit-other" }))]);
  expect(pairs).toHaveLength(1);
  expect(missing.map(({ side, case: { model, phase } }) => `${side} ${model} ${phase}`)).toEqual([
    "a vit-small-patch16-224 infer",
    "b vit-other train",
  ]);
});

test("unlike things are compared only when that is allowed, another batch by the image", async () => {
  const a = await run(timed(100));
  const engine = { ...exampleCase().engine, id: "tfjs-cpu" };
  const workload = { name: "explicit" as const, batch: 16, inputs: [] };
  expect(compareRuns([a], [await run(timed(50, { precision: "fp16" }))]).pairs).toEqual([]);
  expect(compareRuns([a], [await run(timed(50, { precision: "fp16" }))], ["precision"]).pairs).toHaveLength(1);
  expect(compareRuns([a], [await run(timed(50, { engine }))]).pairs).toEqual([]);
  expect(compareRuns([a], [await run(timed(50, { engine }))], ["engine"]).pairs).toHaveLength(1);
  expect(compareRuns([a], [await run(timed(100, { workload }))]).pairs).toEqual([]);
  expect(compareRuns([a], [await run(timed(100, { workload }))], ["batch"]).pairs[0]?.ratio.median).toBeCloseTo(2, 6);
  expect(compareRuns([a], [await run(timed(50, { size: "tiny" }))], ["batch", "engine", "precision"]).pairs).toEqual(
    [],
  );
});

test("one launch gives a ratio without interval", async () => {
  const { pairs } = compareRuns([await run(timed(100, {}, 1))], [await run(timed(50, {}, 1))]);
  expect(pairs[0]?.ratio).toMatchObject({ median: expect.closeTo(2, 4), low: null, distinguishable: false });
});
