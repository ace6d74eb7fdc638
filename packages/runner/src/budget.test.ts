import { expect, test } from "vitest";
import { effortFor, efforts } from "./budget.ts";

test.each(["fast", "ranked"] as const)(
  "%s: few cases have the mode's whole window, more a shorter one, with an end",
  (mode) => {
    const window = (cases: number): number => effortFor(mode, cases).budget.windowMs;
    expect(effortFor(mode, 2)).toEqual(efforts[mode]);
    expect(window(6)).toBeLessThan(efforts[mode].budget.windowMs);
    expect(window(6)).toBeGreaterThan(window(8));
    expect(window(40)).toBe(1000);
  },
);

test("a sustained run is as long for any number of cases", () =>
  expect(effortFor("sustained", 9)).toEqual(efforts.sustained));
