import { createHash } from "node:crypto";
import type { Software } from "@epochmark/schema";
import { expect, test } from "vitest";
import { deviceById } from "./device.ts";
import { inputsOf } from "./fit/inputs.ts";
import { observations } from "./fit/observations.ts";
import { predictStep } from "./predict.ts";
import fitted from "./fitted.json" with { type: "json" };

test("the fit is of what the catalogue holds now (else run `pnpm planner:fit`)", () => {
  expect(fitted.inputs).toBe(createHash("sha256").update(inputsOf(observations())).digest("hex"));
});

test("leaving one GPU out errs by 15 % in the median, its source known or not, and 90 % intervals cover 85 % or more", () => {
  expect(Math.exp(fitted.medianError) - 1).toBeLessThanOrEqual(0.15);
  expect(Math.exp(fitted.medianErrorAlone) - 1).toBeLessThanOrEqual(0.15);
  expect(fitted.coverage).toBeGreaterThanOrEqual(0.85);
});

test("a software that no figure tells of launches its kernels as PyTorch does, not in a second each", () => {
  const device = deviceById("geforce-rtx-4090");
  const ms = (software: Software): number =>
    predictStep({ model: "deblur/deblurgan", phase: "train", batch: 1, device, precision: "fp32", software }).stepMs
      .median;
  expect(ms("onnxruntime") / ms("pytorch")).toBeGreaterThan(0.8);
  expect(ms("onnxruntime") / ms("pytorch")).toBeLessThan(1.25);
});
