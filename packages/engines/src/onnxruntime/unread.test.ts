import { compile, type StepFunction } from "@epochmark/compiler";
import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { batch, initial, inferStep, numbers, program, trainStep } from "../steps.fixture.ts";
import { useSoftwareGpu } from "../testing/index.ts";
import { onnxruntime } from "./engine.ts";

const noGpu = await useSoftwareGpu();

/** Convolutions that keep a software GPU busy for a while. */
const slow: StepFunction = {
  name: "slow",
  inputs: [{ name: "x", shape: [1, 32, 32, 8], dtype: "float32" }],
  state: [{ name: "filter", shape: [3, 3, 8, 8], dtype: "float32" }],
  apply: ({ filter }, { x }) => {
    let value = x as tf.Tensor4D;
    for (let i = 0; i < 6; i++) value = tf.tanh(tf.conv2d(value, filter as tf.Tensor4D, 1, "same"));
    return { outputs: { y: tf.mean(value) }, state: {} };
  },
};

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

test.skipIf(noGpu !== null)(
  "on WebGPU a step that nobody reads is handed over long before it is done",
  async () => {
    const options = () => ({ device: "webgpu", threads: 1, state: { filter: numbers(3 * 3 * 8 * 8, 1, 0.1) } });
    const x = numbers(32 * 32 * 8, 2);
    const compiled = compile(slow);
    const read = await onnxruntime.load(compiled, options());
    await read.run({ x });
    const readMs = Math.min(await timed(() => read.run({ x })), await timed(() => read.run({ x })));
    await read.dispose();

    const unread = await onnxruntime.unreadOn!("webgpu")!(compiled, options());
    await unread.run({ x });
    await unread.drain();
    const handedMs = await timed(() => unread.run({ x }));
    const doneMs = handedMs + (await timed(() => unread.drain()));
    await unread.dispose();
    expect(handedMs).toBeLessThan(readMs / 2);
    expect(doneMs).toBeGreaterThan(2 * handedMs);
  },
  60_000,
);

test.skipIf(noGpu !== null)(
  "steps with state and without go on, and leave other sessions as they are",
  async () => {
    const cases = [
      [trainStep("momentum"), batch(1)],
      [inferStep(), { x: numbers(12, 1) }],
    ] as const;
    for (const [step, inputs] of cases) {
      const options = () => ({ device: "webgpu", threads: 1, state: initial(step) });
      const session = await onnxruntime.load(program(step), options());
      const first = await session.run(inputs);
      const unread = await onnxruntime.unreadOn!("webgpu")!(program(step), options());
      for (let i = 0; i < 5; i++) await unread.run(inputs);
      await unread.dispose();
      const second = await session.run(inputs);
      expect(Object.keys(second)).toEqual(Object.keys(first));
      await session.dispose();
    }
  },
  60_000,
);

test("a processor is never ahead of its host", () => {
  expect(onnxruntime.unreadOn!("cpu")).toBeNull();
});
