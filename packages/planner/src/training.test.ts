import { describe, expect, test } from "vitest";
import { deviceById, measuredTrainings, planTraining, predictStep } from "./index.ts";

const request = {
  model: "deblur/deblurgan",
  device: deviceById("geforce-rtx-3090"),
  precision: "fp32",
  software: "pytorch",
} as const;

describe("a step", () => {
  const step = (changes: object) => predictStep({ ...request, phase: "train", batch: 1, ...changes });
  test("is slower on a slower GPU and takes more memory with a larger batch", () => {
    const slow = step({ device: deviceById("geforce-gtx-1050-ti") });
    expect(slow.stepMs.low).toBeGreaterThan(step({}).stepMs.high);
    expect(step({ batch: 8 }).memoryMiB.median).toBeGreaterThan(2 * step({}).memoryMiB.median);
  });
  test("has its median inside, and throughput turned over", () => {
    const { stepMs, imagesPerSecond } = step({ batch: 2 });
    expect(stepMs.low).toBeLessThan(stepMs.median);
    expect(stepMs.median).toBeLessThan(stepMs.high);
    expect(imagesPerSecond.low).toBeCloseTo(2000 / stepMs.high);
  });
  test("is published where the catalogue has it, and measured where a record has it", () => {
    const resnet = { model: "reference/resnet-50", batch: 224, precision: "tf32" };
    expect(step(resnet)).toMatchObject({ kind: "published" });
    expect(step(resnet).imagesPerSecond.median).toBeCloseTo(513);
    const seconds = { median: 0.2, low: 0.19, high: 0.21 };
    const evidence = [{ ...request, gpu: "geforce-rtx-3090", phase: "train", batch: 1, seconds }];
    expect(step({ evidence })).toMatchObject({ kind: "measured", stepMs: { low: 190, median: 200, high: 210 } });
    expect(step({ evidence, batch: 2 }).basis).toContain("record");
  });
  test("says what does not fit", () => {
    expect(step({ device: deviceById("radeon-540x"), batch: 16 }).fits).toBe("smaller-batch");
    expect(step({ model: "vit/vit-large-patch16-384", device: deviceById("radeon-540x") }).fits).toBe("no");
  });
  test("of several GPUs is a little slower than of one, and all together faster", () => {
    const one = step({ model: "vit/vit-base-patch16-224", batch: 64 });
    const four = step({ model: "vit/vit-base-patch16-224", batch: 64, gpus: 4 });
    expect(four.stepMs.median).toBeGreaterThan(one.stepMs.median);
    expect(four.imagesPerSecond.median).toBeGreaterThan(2.5 * one.imagesPerSecond.median);
  });
});

describe("a training", () => {
  test("takes its recipe's steps, and power costs money", () => {
    const { steps, hours, step, kWh, money } = planTraining({ ...request, powerPrice: 0.5 });
    expect(steps).toBe(300_000);
    expect(hours.median).toBeCloseTo((300_000 * step.stepMs.median) / 3.6e6);
    expect(money?.median).toBeCloseTo(0.5 * kWh!.median);
  });
  test("of a model without figures is as uncertain as reported trainings were, until its loader is known", () => {
    const { hours } = planTraining({ ...request, device: deviceById("geforce-gtx-titan-x") });
    expect(hours.high).toBeGreaterThan(143.99);
    const known = planTraining({ ...request, device: deviceById("geforce-gtx-titan-x"), loaderRate: 1000 }).hours;
    expect(known.high).toBeLessThan(hours.high);
    expect(known.high / known.median).toBeGreaterThan(2);
  });
  test("waits for a slow loader", () => {
    const plan = planTraining({ ...request, loaderRate: 1 });
    expect(plan.bound).toBe("loader");
    expect(plan.hours.median).toBeCloseTo(300_000 / 3600);
  });
  test("of a measured step is as long as the step says", () => {
    const seconds = { median: 3.6, low: 3.5, high: 3.7 };
    const evidence = [{ ...request, gpu: "cpu-x", phase: "train" as const, batch: 1, seconds }];
    expect(measuredTrainings(evidence)).toMatchObject([{ epochs: 300, hours: { median: 300 } }]);
  });
});
