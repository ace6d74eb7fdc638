import { readdirSync } from "node:fs";
import type { Arrays, StepFunction } from "@epochmark/compiler";
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, test } from "vitest";
import { type Engine, type Session, engines } from "./index.ts";
import {
  batch,
  bulkStep,
  inferStep,
  initial,
  numbers,
  paddedStep,
  program,
  shuffleStep,
  trainStep,
  wholeStep,
} from "./steps.fixture.ts";
import { useSoftwareGpu } from "./testing/index.ts";

const noGpu = await useSoftwareGpu();

// What every engine promises, on every device that it says it can use here.
const places = (
  await Promise.all(
    engines.map(async (engine) =>
      (await engine.probe())
        .filter(({ usable }) => usable)
        .map((device) => ({ engine, device: device.id, name: `${engine.id} on ${device.id}` })),
    ),
  )
).flat();

const opened: Session[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) await session.dispose();
});

async function open(engine: Engine, device: string, step: StepFunction, state = initial(step)): Promise<Session> {
  const session = await engine.load(program(step), { device, threads: 1, state });
  opened.push(session);
  return session;
}

/** The same through the step's own function, op by op: what every engine must come to. */
async function expected(step: StepFunction, batches: Arrays[]): Promise<{ outputs: Arrays[]; state: Arrays }> {
  await tf.setBackend("cpu");
  const tensors = (specs: StepFunction["inputs"], arrays: Arrays): Record<string, tf.Tensor> =>
    Object.fromEntries(
      specs.map(({ name, shape, dtype }) => [
        name,
        tf.tensor((arrays[name] as Float32Array).slice(), shape, dtype as "float32"),
      ]),
    );
  const arrays = (values: Record<string, tf.Tensor>): Arrays =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.dataSync() as Float32Array]));
  const state = tensors(step.state, initial(step));
  const outputs: Arrays[] = [];
  for (const given of batches) {
    const result = step.apply(state, tensors(step.inputs, given));
    outputs.push(arrays(result.outputs));
    Object.assign(state, result.state);
  }
  return { outputs, state: arrays(state) };
}

function expectClose(actual: Arrays, wanted: Arrays, what: string): void {
  expect(Object.keys(actual).toSorted(), what).toEqual(Object.keys(wanted).toSorted());
  for (const [name, values] of Object.entries(wanted)) {
    const found = actual[name] as Float32Array;
    expect(found.constructor, `${what}: type of ${name}`).toBe(values.constructor);
    expect(found.length, `${what}: size of ${name}`).toBe(values.length);
    const largest = Math.max(1e-3, ...[...values].map((value) => Math.abs(value)));
    const off = Math.max(0, ...[...values].map((value, i) => Math.abs(value - (found[i] ?? NaN)) / largest));
    expect(off, `${what}: ${name}`).toBeLessThan(1e-5);
  }
}

const batches = [1, 2, 3].map(batch);
const message = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing was thrown",
    (error: Error) => error.message,
  );

// `bench setup tfjs-node` comes before these tests in CI: there it must be tested, elsewhere it may be missing.
const mustBe = ["onnxruntime on cpu", "tfjs-cpu on cpu", ...(process.env["CI"] ? ["tfjs-node on cpu"] : [])];

test("there is something to test", () =>
  expect(places.map(({ name }) => name)).toEqual(expect.arrayContaining(mustBe)));

test.skipIf(noGpu !== null)(`a GPU of software is among it${noGpu === null ? "" : ` (${noGpu})`}`, async () => {
  expect(places.map(({ name }) => name)).toContain("onnxruntime on webgpu");
  const [{ probe }] = engines as [Engine];
  const webgpu = (await probe()).find(({ id }) => id === "webgpu");
  expect(webgpu).toMatchObject({ kind: "software", name: expect.stringContaining("SwiftShader"), inferred: true });
});

describe.each(places)("$name", ({ engine, device }) => {
  test.each(["momentum", "adam", "adamW"] as const)("three steps of %s: losses, gradients, all state", async (rule) => {
    const step = trainStep(rule);
    const session = await open(engine, device, step);
    const wanted = await expected(step, batches);
    for (const [i, given] of batches.entries())
      expectClose(await session.run(given), wanted.outputs[i] as Arrays, `step ${i}`);
    const state = await session.readState();
    expectClose(state, wanted.state, "state");
    expect([...(state["steps"] ?? [])]).toEqual([3]);
    expect(state["w1"]).not.toEqual(initial(step)["w1"]);
  });

  test("inference: several outputs of one value, an input handed through, whole numbers", async () => {
    const step = inferStep();
    const session = await open(engine, device, step);
    const given = { x: numbers(12, 5) };
    const wanted = await expected(step, [given]);
    const first = await session.run(given);
    expectClose(first, wanted.outputs[0] as Arrays, "outputs");
    expectClose(
      await session.run({ x: numbers(12, 6) }),
      (await expected(step, [{ x: numbers(12, 6) }])).outputs[0] as Arrays,
      "another batch",
    );
    expectClose(first, wanted.outputs[0] as Arrays, "earlier outputs, after another run");
  });

  test("convolutions and pooling with padding of their own, and their gradients", async () => {
    const step = paddedStep();
    const given = { x: numbers(60, 3) };
    const session = await open(engine, device, step);
    const wanted = await expected(step, [given]);
    expectClose(await session.run(given), wanted.outputs[0] as Arrays, "outputs");
    expect(session.strays).toEqual({});
  });

  test("whole numbers, cut apart", async () => {
    const step = wholeStep();
    const given = { seeds: Int32Array.of(1, -2, 3, 2 ** 31 - 1, 5, 6) };
    const session = await open(engine, device, step);
    const wanted = await expected(step, [given]);
    expectClose(await session.run(given), wanted.outputs[0] as Arrays, "outputs");
    expect(session.strays).toEqual({});
  });

  test("state that trades places, is an output, or is set twice from one value", async () => {
    const step = shuffleStep();
    const session = await open(engine, device, step);
    const given = [1, 2, 3, 4].map((i) => ({ x: numbers(3, i) }));
    const wanted = await expected(step, given);
    for (const [i, x] of given.entries()) expectClose(await session.run(x), wanted.outputs[i] as Arrays, `step ${i}`);
    expectClose(await session.readState(), wanted.state, "state");
  });

  test("reads back frozen state, and gives copies", async () => {
    const step = trainStep("momentum");
    const state = initial(step);
    const session = await open(engine, device, step, state);
    expect(await session.readState(["scale"])).toEqual({ scale: state["scale"] });
    const read = await session.readState();
    expect(Object.keys(read).toSorted()).toEqual(step.state.map(({ name }) => name).toSorted());
    for (const array of Object.values(read)) array.fill(7);
    const wanted = await expected(step, batches);
    for (const given of batches) await session.run(given);
    expectClose(await session.readState(), wanted.state, "state");
    expect(await message(session.readState(["nothing"]))).toBe('momentum: there is no state "nothing"');
  });

  test("refuses bad inputs in one line and goes on as if nothing had been", async () => {
    const step = trainStep("adamW");
    const session = await open(engine, device, step);
    const good = batch(1);
    const { lr: _, ...withoutRate } = good;
    const bad: [Arrays, string][] = [
      [withoutRate, 'adamW: input "lr" is missing'],
      [{ ...good, x: new Float32Array(11) }, 'adamW: input "x" should hold 12 numbers ([4,3]), found 11'],
      [{ ...good, x: new Int32Array(12) }, 'adamW: input "x" should be a Float32Array, found Int32Array'],
      [
        { ...good, x: Array.from({ length: 12 }, () => 0) as never },
        'adamW: input "x" should be a Float32Array, found Array',
      ],
    ];
    for (const [inputs, text] of bad) expect(await message(session.run(inputs))).toBe(text);
    const wanted = await expected(step, batches);
    for (const [i, given] of batches.entries())
      expectClose(await session.run(given), wanted.outputs[i] as Arrays, `step ${i}`);
  });

  test("refuses bad state and unknown devices before anything is loaded", async () => {
    const step = inferStep();
    const load = (state: Arrays, where = device): Promise<string> => message(open(engine, where, step, state));
    const { w2: _, ...partial } = initial(step);
    expect(await load(partial)).toBe('infer: state "w2" is missing');
    expect(await load({ ...initial(step), w2: new Float32Array(15) })).toBe(
      'infer: state "w2" should hold 16 numbers ([8,2]), found 15',
    );
    expect(await load({ ...initial(step), w2: new Int32Array(16) })).toBe(
      'infer: state "w2" should be a Float32Array, found Int32Array',
    );
    const refusal = await engine
      .load(program(step), { device: "cuda:99", threads: 1, state: initial(step) })
      .catch((error: Error) => error);
    expect((refusal as Error).name).toBe("UnsupportedError");
    expect((refusal as Error).message).toContain('no device "cuda:99"');
  });

  test("a disposed session says so, and may be disposed again", async () => {
    const session = await open(engine, device, inferStep());
    await session.run({ x: numbers(12, 1) });
    await session.dispose();
    await session.dispose();
    const text = "infer: the session is disposed: load the program again";
    expect(await message(session.run({ x: numbers(12, 1) }))).toBe(text);
    expect(await message(session.readState())).toBe(text);
  });

  test("two sessions at once do not disturb each other", async () => {
    const [left, right] = [trainStep("momentum"), trainStep("adam")];
    const sessions = [await open(engine, device, left), await open(engine, device, right)] as const;
    const wanted = [await expected(left, batches), await expected(right, batches)] as const;
    for (const [i, given] of batches.entries()) {
      const [a, b] = await Promise.all([sessions[0].run(given), sessions[1].run(given)]);
      expectClose(a, wanted[0].outputs[i] as Arrays, `first session, step ${i}`);
      expectClose(b, wanted[1].outputs[i] as Arrays, `second session, step ${i}`);
    }
    await sessions[0].dispose();
    expectClose(await sessions[1].readState(), wanted[1].state, "state of the second, the first one gone");
  });

  test("a thousand steps take no more memory than the first ones", async () => {
    const size = 32_768;
    const session = await open(engine, device, bulkStep(size));
    const steps = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) await session.run({ x: Float32Array.of(1e-3) });
      return process.memoryUsage.rss() / 2 ** 20;
    };
    const before = await steps(200);
    const tensors = tf.memory().numTensors;
    const after = await steps(1000);
    // One array of the state kept each step would be 125 MiB.
    expect(after - before).toBeLessThan(60);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test("says where nodes ran", async () => {
    const session = await open(engine, device, trainStep("adam"));
    await session.run(batch(1));
    const count = Object.values(session.placement).reduce((sum, n) => sum + n, 0);
    if (engine.kind === "eager") expect(session.placement).toEqual({});
    else expect(count).toBeGreaterThan(20);
    const providers = { cpu: "CPUExecutionProvider", webgpu: "WebGpuExecutionProvider", cuda: "CUDAExecutionProvider" };
    const provider = providers[device.split(":")[0] as keyof typeof providers];
    if (provider !== undefined && engine.kind === "compiled")
      expect(Object.keys(session.placement)).toEqual([provider]);
    expect(session.sessionMs).toBeGreaterThan(0);
  });
});

if (process.platform === "linux")
  test("onnxruntime works with as many threads as it is told", async () => {
    const engine = engines.find(({ id }) => id === "onnxruntime") as Engine;
    const step = inferStep();
    const extra = async (threads: number): Promise<number> => {
      const before = readdirSync("/proc/self/task").length;
      opened.push(await engine.load(program(step), { device: "cpu", threads, state: initial(step) }));
      return readdirSync("/proc/self/task").length - before;
    };
    await extra(1);
    // The thread that calls run works too.
    expect(await extra(1)).toBe(0);
    expect(await extra(4)).toBe(3);
  });
