import { expect, test } from "vitest";
import { meanSpeedRatio, speedRatio, type Timed } from "./ratio.ts";
import { logTInterval } from "./statistics.ts";

const timed = (...steps: number[]): Timed => ({ stepMs: logTInterval(steps), launches: steps.length });

test("a ratio of step times has the interval of Welch's test", () => {
  const found = speedRatio(timed(100, 102, 98, 101, 99), timed(50, 52, 49, 50, 51));
  // By hand, with 7 of Welch's 7.165 degrees of freedom: t = 2.3646242515927844.
  expect(found.median).toBeCloseTo(1.9843333956931515, 12);
  expect(found.low).toBeCloseTo(1.9273430701890026, 9);
  expect(found.high).toBeCloseTo(2.043008889370681, 9);
  expect(found.distinguishable).toBe(true);
});

test("turning the sides round turns the ratio and its ends round", () => {
  const [a, b] = [timed(100, 110, 96), timed(80, 79, 85)];
  const [there, back] = [speedRatio(a, b), speedRatio(b, a)];
  expect(back.median).toBeCloseTo(1 / there.median, 12);
  expect(back.low).toBeCloseTo(1 / there.high!, 12);
});

test("sides that cannot be told apart are said to be so, and so is a side of one launch", () => {
  expect(speedRatio(timed(100, 110, 90), timed(98, 111, 92)).distinguishable).toBe(false);
  expect(speedRatio(timed(100), timed(50, 51))).toEqual({
    median: expect.closeTo(1.98, 2),
    low: null,
    high: null,
    distinguishable: false,
  });
});

test("the mean of several tasks is geometric, and narrower than each", () => {
  const pairs = [
    [timed(100, 102, 98), timed(50, 51, 49)],
    [timed(10, 10.2, 9.8), timed(20, 20.4, 19.6)],
  ] as const;
  const mean = meanSpeedRatio(pairs)!;
  expect(mean.median).toBeCloseTo(1, 3);
  expect(mean.high! - mean.low!).toBeLessThan(speedRatio(...pairs[0]).high! - speedRatio(...pairs[0]).low!);
  expect(meanSpeedRatio([])).toBeNull();
});
