import { expect, test } from "vitest";
import { barrier, type Moment } from "./barrier.ts";

const at = (launch: number, caseIndex: number, gate: Moment["gate"] = "window-start"): Moment => ({
  launch,
  caseIndex,
  gate,
});

/** What has been let through so far, with how many together. */
function follow(runs: number) {
  const passed: string[] = [];
  const turnstiles = barrier(runs);
  const wait = async (run: number, moment: Moment): Promise<void> => {
    const together = await turnstiles[run]!.wait(moment);
    passed.push(`${run} at ${moment.launch}.${moment.caseIndex} ${moment.gate}, ${together} together`);
  };
  const settled = async (): Promise<string[]> => {
    await new Promise(setImmediate);
    return passed.splice(0).toSorted();
  };
  return { turnstiles, wait, settled };
}

test("all go on together, when the last has come", async () => {
  const { wait, settled } = follow(3);
  void wait(0, at(0, 0));
  void wait(2, at(0, 0));
  expect(await settled()).toEqual([]);
  void wait(1, at(0, 0));
  expect(await settled()).toEqual([0, 1, 2].map((run) => `${run} at 0.0 window-start, 3 together`));
});

test("the one that is ahead waits until the others come by", async () => {
  const { wait, settled } = follow(2);
  // The first case of run 1 crashed.
  void wait(1, at(0, 1));
  void wait(0, at(0, 0));
  expect(await settled()).toEqual(["0 at 0.0 window-start, 1 together"]);
  void wait(0, at(0, 0, "window-end"));
  expect(await settled()).toEqual(["0 at 0.0 window-end, 1 together"]);
  void wait(0, at(0, 1));
  expect(await settled()).toEqual(["0 at 0.1 window-start, 2 together", "1 at 0.1 window-start, 2 together"]);
});

test("a launch that ends while it waits holds nobody, and is not let through later", async () => {
  const { turnstiles, wait, settled } = follow(2);
  void wait(0, at(0, 0));
  turnstiles[0]!.leave();
  void wait(1, at(0, 0));
  expect(await settled()).toEqual([]);
  void wait(0, at(1, 0));
  expect(await settled()).toEqual(["1 at 0.0 window-start, 1 together"]);
});

test("a run that has ended is waited for no more", async () => {
  const { turnstiles, wait, settled } = follow(3);
  void wait(0, at(0, 0));
  void wait(1, at(0, 0));
  turnstiles[2]!.end();
  expect(await settled()).toEqual([0, 1].map((run) => `${run} at 0.0 window-start, 2 together`));
  turnstiles[2]!.leave();
  turnstiles[1]!.end();
  void wait(0, at(0, 1));
  expect(await settled()).toEqual(["0 at 0.1 window-start, 1 together"]);
});
