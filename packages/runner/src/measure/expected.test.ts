import { engineById } from "@epochmark/engines";
import { expect, test } from "vitest";
import { discoverPlugins } from "../discover/discover.ts";
import { check } from "./check.ts";
import { largestError, readExpected, sampleOf } from "./expected.ts";

const { plugins } = await discoverPlugins();
const everyPhase = plugins.flatMap(({ plugin, manifest, module }) =>
  plugin.models.flatMap((model) =>
    manifest.models
      .find(({ id }) => id === model.id)!
      .phases.map((phase) => ({ name: `${plugin.id}/${model.id} ${phase}`, model, phase, module })),
  ),
);

// A model that has changed has other numbers: `pnpm checks` writes them anew.
test.each(everyPhase)("$name computes the numbers that its plugin ships, and learns", async (each) => {
  const { model, phase, module } = each;
  const expected = readExpected(module, model.id, phase);
  expect(expected, "no numbers are shipped: run pnpm checks").not.toBeNull();
  const target = { engine: engineById("onnxruntime"), device: "cpu", threads: 2 };
  expect(await check({ model, phase }, target, engineById("tfjs-cpu"), expected)).toMatchObject({
    passed: true,
    reason: null,
    relativeError: expect.any(Number),
  });
});

test("a sample keeps the length of the whole and finds a change anywhere in it", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  const expected = [sampleOf({ y: values })];
  expect(expected[0]!.y!.indices).toHaveLength(64);
  expect(largestError([{ y: values }], expected)).toBeLessThan(1e-8);
  for (const index of [0, 500, 501, 999]) {
    const changed = values.slice();
    changed[index]! += 3;
    expect(largestError([{ y: changed }], expected)).toBeGreaterThan(1e-4);
  }
});

test("a missing output and a wrong length are errors", () => {
  const expected = [sampleOf({ y: Float32Array.of(1, 2, 3) })];
  expect(largestError([{}], expected)).toBe(1);
  expect(largestError([{ y: Float32Array.of(1, 2) }], expected)).toBeNaN();
});

test("rounding that an update made large is told from a wrong update", () => {
  const y = Float32Array.of(3, 4);
  const expected = [sampleOf({ y }), sampleOf({ y })];
  const off = (error: number) => largestError([{ y }, { y: y.map((value) => value * (1 + error)) }], expected);
  expect(off(1e-3)).toBeLessThan(1e-4);
  expect(off(3e-3)).toBeGreaterThan(1e-4);
});
