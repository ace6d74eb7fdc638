import { expect, test } from "vitest";
import { batch, initial, program, shuffleStep, trainStep, numbers } from "../steps.fixture.ts";
import { onnxruntime } from "./engine.ts";
import { LoopSession, stepsPerCall } from "./loop.ts";

const options = { device: "cpu", threads: 1 };

test.each(["momentum", "adam", "adamW"] as const)(
  "%s: one call of many steps gives the bits of single steps",
  async (rule) => {
    const compiled = program(trainStep(rule));
    const single = await onnxruntime.load(compiled, { ...options, state: initial(compiled.step) });
    const many = await LoopSession.create(compiled, "cpu", { ...options, state: initial(compiled.step) });
    const batches = [1, 2, 3, 4, 5, 6, 7].map(batch);
    const wanted = [];
    for (const inputs of batches) wanted.push(await single.run(inputs));
    const found = [...(await many.runMany(batches.slice(0, 4))), await many.run(batches[4]!)];
    found.push(...(await many.runMany(batches.slice(5))));
    expect(found).toEqual(wanted);
    expect(await many.readState()).toEqual(await single.readState());
    expect(many.placement["CPUExecutionProvider"]).toBeGreaterThan(20);
    await Promise.all([single.dispose(), many.dispose()]);
  },
);

test("state that trades places in a loop", async () => {
  const compiled = program(shuffleStep());
  const single = await onnxruntime.load(compiled, { ...options, state: initial(compiled.step) });
  const many = await LoopSession.create(compiled, "cpu", { ...options, state: initial(compiled.step) });
  const batches = [1, 2, 3].map((i) => ({ x: numbers(3, i) }));
  const wanted = [];
  for (const inputs of batches) wanted.push(await single.run(inputs));
  expect(await many.runMany(batches)).toEqual(wanted);
  expect(await many.readState()).toEqual(await single.readState());
  await Promise.all([single.dispose(), many.dispose()]);
});

test("a call is made so long that its fixed cost is under 1 % of it, as far as memory allows", () => {
  const calls = (fixed: number, step: number) => new Map([1, 8].map((n) => [n, fixed + n * step]));
  expect(stepsPerCall(calls(60, 100), 1000)).toBe(60);
  expect(stepsPerCall(calls(60, 100), 20)).toBe(20);
  expect(stepsPerCall(calls(0, 100), 1000)).toBe(1);
  expect(stepsPerCall(new Map(), 1000)).toBe(1);
  expect(stepsPerCall(new Map([[1, 50]]), 1000)).toBe(8);
});
