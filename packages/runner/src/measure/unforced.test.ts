import { setTimeout as delay } from "node:timers/promises";
import { type Engine, engineById } from "@epochmark/engines";
import { expect, test } from "vitest";
import plugin from "../fixtures/plugin.fixture.ts";
import type { OpenRequest } from "./open.ts";
import { makeBatches } from "./stepper.ts";
import { unforcedStepMs } from "./unforced.ts";

const opening: OpenRequest = { model: plugin.models[0]!, phase: "train", size: "tiny", build: {}, batch: 2, seed: 1 };
const batches = await makeBatches(opening);
const reference = engineById("tfjs-cpu");

/** An engine whose device takes 60 ms a step and keeps nobody waiting for it. */
const asynchronous = (run: () => Promise<void> = async () => {}): Engine & { done: number; disposed: number } => ({
  ...reference,
  done: 0,
  disposed: 0,
  unreadOn() {
    const pending: Promise<void>[] = [];
    return async () => ({
      run: async () => {
        await run();
        pending.push(delay(60).then(() => void (this.done += 1)));
      },
      drain: async () => void (await Promise.all(pending)),
      dispose: async () => void (this.disposed += 1),
    });
  },
});

const measured = (engine: Engine): Promise<number | null> =>
  unforcedStepMs(opening, { engine, device: "cpu", threads: 1 }, batches);

test("where the device computes by itself it is far less than the step", async () => {
  const engine = asynchronous();
  expect(await measured(engine)).toBeLessThan(30);
  expect(engine).toMatchObject({ done: 4, disposed: 1 });
});

test("where it does not, or cannot be tried, there is none, and the case goes on", async () => {
  expect(await measured(reference)).toBeNull();
  expect(await measured({ ...reference, unreadOn: () => null })).toBeNull();
  const broken = asynchronous(async () => {
    throw new Error("out of memory");
  });
  expect(await measured(broken)).toBeNull();
  expect(broken.disposed).toBe(1);
});
