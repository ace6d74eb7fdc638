import type { Arrays } from "@epochmark/compiler";
import type { Session } from "@epochmark/engines";
import { expect, test } from "vitest";
import { Stepper } from "./stepper.ts";

const batches = (): Arrays[] => [10, 20, 30].map((x) => ({ x: Float32Array.of(x), step: new Float32Array(1) }));

/** A session whose loss is `x + step`, so that a loss tells which batch and step it was. */
const session: Session = {
  placement: {},
  strays: {},
  sessionMs: 0,
  readState: async () => ({}),
  dispose: async () => {},
  run: async ({ x, step }) => ({ total: Float32Array.of((x?.[0] ?? 0) + (step?.[0] ?? 0)) }),
};

test("steps go on through batches and step counts", async () => {
  const stepper = new Stepper(session, batches(), "train", ["total"]);
  const losses: (number | null)[] = [];
  for (let i = 0; i < 6; i++) {
    await stepper.step();
    losses.push(stepper.loss);
  }
  expect(losses).toEqual([11, 22, 33, 14, 25, 36]);
});

test("a number that is not finite is an error that names its step", async () => {
  const spoiled = [...batches(), { x: Float32Array.of(Number.NaN), step: new Float32Array(1) }];
  const stepper = new Stepper(session, spoiled, "train", ["total"]);
  for (let i = 0; i < 3; i++) await stepper.step();
  await expect(stepper.step()).rejects.toThrow("the loss of step 4 is NaN, not a finite number");
});

test("in inference all of an output is looked at where it is small, and it is looked at from end to end", async () => {
  const spoiledAt = (length: number, index: number): Promise<unknown> => {
    const output = new Float32Array(length);
    output[index] = Number.NaN;
    return new Stepper({ ...session, run: async () => ({ output }) }, batches(), "infer", ["output"]).step();
  };
  for (const index of [0, 1, 4095]) await expect(spoiledAt(4096, index)).rejects.toThrow("output of step 1 is NaN");
  await expect(spoiledAt(3_000_000, 0)).rejects.toThrow("output of step 1 is NaN");
  const last = 733 * Math.floor((3_000_000 - 1) / 733);
  await expect(spoiledAt(3_000_000, last)).rejects.toThrow("output of step 1 is NaN");
});
