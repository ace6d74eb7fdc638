import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { inputsOf } from "./fit/inputs.ts";
import { observations } from "./fit/observations.ts";
import fitted from "./fitted.json" with { type: "json" };

test("the fit is of what the catalogue holds now (else run `pnpm planner:fit`)", () => {
  expect(fitted.inputs).toBe(createHash("sha256").update(inputsOf(observations())).digest("hex"));
});

test("leaving one GPU out errs by 15 % in the median, and 90 % intervals cover 85 % or more", () => {
  expect(Math.exp(fitted.medianError) - 1).toBeLessThanOrEqual(0.15);
  expect(fitted.coverage).toBeGreaterThanOrEqual(0.85);
});
