import type { Arrays } from "@epochmark/compiler";
import type { Session } from "@epochmark/engines";
import { expect, test } from "vitest";
import { Stepper } from "./stepper.ts";

const batches = (): Arrays[] => [10, 20, 30].map((x) => ({ x: Float32Array.of(x), step: new Float32Array(1) }));

/** A session whose loss is `x + step`, so that a loss tells which batch and step it was. */
function session(many: boolean): { session: Session; calls: number[] } {
  const calls: number[] = [];
  const one = ({ x, step }: Arrays): Arrays => ({ total: Float32Array.of((x?.[0] ?? 0) + (step?.[0] ?? 0)) });
  const made: Session = {
    placement: {},
    strays: {},
    sessionMs: 0,
    readState: async () => ({}),
    dispose: async () => {},
    run: async (inputs) => one(inputs),
  };
  if (many)
    made.runMany = async (given) => {
      calls.push(given.length);
      return given.map(one);
    };
  return { session: made, calls };
}

test.each([true, false])("steps go on through batches and step counts, in one call or in many (%s)", async (many) => {
  const { session: made, calls } = session(many);
  const stepper = new Stepper(made, batches(), "train", ["total"]);
  await stepper.step();
  expect(stepper.loss).toBe(11);
  await stepper.steps(4);
  expect(stepper.loss).toBe(20 + 5);
  await stepper.step();
  expect(stepper.loss).toBe(30 + 6);
  expect(calls).toEqual(many ? [4] : []);
});

test("a number that is not finite is an error that names its step, also inside a call of many", async () => {
  const { session: made } = session(true);
  const spoiled = [...batches(), { x: Float32Array.of(Number.NaN), step: new Float32Array(1) }];
  const stepper = new Stepper(made, spoiled, "train", ["total"]);
  await expect(stepper.steps(5)).rejects.toThrow("the loss of step 4 is NaN, not a finite number");
});
