import { engineById } from "@epochmark/engines";
import type { Arrays, Model } from "@epochmark/plugin-kit";
import { expect, test } from "vitest";
import { engineById as fixtureById } from "../fixtures/engines.fixture.ts";
import plugin from "../fixtures/plugin.fixture.ts";
import { check } from "./check.ts";

const reference = engineById("tfjs-cpu");
const line: Model = plugin.models[0]!;

const run = (engine: string, phase: "train" | "infer", model = line) =>
  check({ model, phase }, { engine: fixtureById(engine), device: "cpu", threads: 1 }, reference);

/** The line, with its training batches changed. */
const changed = (change: (batch: Arrays) => void): Model => ({
  ...line,
  async makeBatch(config, request) {
    const batch = await line.makeBatch(config, request);
    change(batch);
    return batch;
  },
});

test("the compiled program on ONNX Runtime agrees with the eager reference, and its loss falls", async () => {
  const trained = await run("onnxruntime", "train");
  expect(trained).toMatchObject({ passed: true, tolerance: 1e-4, reason: null });
  expect(trained.relativeError).toBeLessThan(1e-5);
  expect(trained.lossLast).toBeLessThan(trained.lossFirst!);
  expect(await run("onnxruntime", "infer")).toMatchObject({ passed: true, lossFirst: null, lossLast: null });
});

test("half precision, with a scaled loss, is near the reference and learns", async () => {
  const { passed, tolerance, lossFirst, lossLast } = await check(
    { model: line, phase: "train", precision: "fp16" },
    { engine: engineById("onnxruntime"), device: "cpu", threads: 1 },
    engineById("tfjs-cpu"),
  );
  expect({ passed, tolerance }).toEqual({ passed: true, tolerance: 2e-2 });
  expect(lossLast).toBeLessThan(lossFirst!);
});

test("the reference is not held against itself", async () => {
  expect(await run("tfjs-cpu", "train")).toMatchObject({ passed: true, relativeError: null });
});

test("an error of one percent in one value is found", async () => {
  const { passed, relativeError, reason } = await run("wrong", "infer");
  expect(passed).toBe(false);
  expect(relativeError).toBeGreaterThan(1e-4);
  expect(reason).toMatch(/^outputs differ from the reference engine by .*e-3, more than 0.0001$/);
});

test("a loss that does not fall fails", async () => {
  const climbing = changed(({ learningRate }) => void (learningRate![0]! *= -1));
  const { passed, reason } = await run("onnxruntime", "train", climbing);
  expect(passed).toBe(false);
  expect(reason).toMatch(/^the loss on one repeated batch did not fall: /);
});

test("a check that cannot run fails with the reason", async () => {
  const broken = changed((batch) => void delete batch.target);
  expect(await run("onnxruntime", "train", broken)).toMatchObject({
    passed: false,
    reason: expect.stringMatching(/^the check could not be run: .*"target" is missing/),
  });
  expect(await run("not-a-number", "train")).toMatchObject({
    passed: false,
    reason: "the check could not be run: the loss of step 1 is NaN, not a finite number",
  });
});
