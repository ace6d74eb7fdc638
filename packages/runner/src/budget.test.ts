import { expect, test } from "vitest";
import { effortFor, efforts } from "./budget.ts";

test("a ranked run of two cases has the mode's whole window, of more a shorter one, and never less than three seconds", () => {
  expect(effortFor("ranked", 2)).toEqual(efforts.ranked);
  expect(effortFor("ranked", 4).budget.windowMs).toBe(6000);
  expect(effortFor("ranked", 40).budget.windowMs).toBe(3000);
});

test("a fast run is the same for any number of cases", () => expect(effortFor("fast", 9)).toEqual(efforts.fast));
