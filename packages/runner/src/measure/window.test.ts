import { expect, test } from "vitest";
import { stepsPerSample, timeWindow } from "./window.ts";

async function window(stepMs: (step: number) => number, options = {}) {
  let clock = 1000;
  let steps = 0;
  const heard: number[] = [];
  const result = await timeWindow(
    async () => {
      clock += stepMs(steps++);
    },
    {
      stepsPerSample: 1,
      windowMs: 1000,
      minSamples: 5,
      latestMs: 60_000,
      onSample: (_, sampleMs) => heard.push(sampleMs),
      now: () => clock,
      ...options,
    },
  );
  return { ...result, steps, heard };
}

test("samples stay in time order, and the wall time is that of the whole window", async () => {
  const times = [130, 110, 150, 120, 140, 105, 125, 135];
  const { samplesMs, wallMs, heard } = await window((step) => times[step] ?? 100);
  expect(samplesMs).toEqual(times);
  expect(heard).toEqual(times);
  expect(wallMs).toBe(1015);
});

test("a sample is k steps", async () => {
  const { samplesMs, steps } = await window(() => 10, { stepsPerSample: 10 });
  expect(samplesMs).toEqual(Array.from({ length: 10 }, () => 100));
  expect(steps).toBe(100);
});

test("slow steps go on past the window until there are enough samples, but not past the launch's time", async () => {
  expect((await window(() => 800)).samplesMs).toHaveLength(5);
  expect((await window(() => 30_000)).samplesMs).toHaveLength(2);
  expect((await window(() => 30_000, { latestMs: 0 })).samplesMs).toHaveLength(1);
});

test("no more samples than a record holds", async () => {
  expect((await window(() => 0.001, { windowMs: 1e6 })).samplesMs).toHaveLength(2000);
});

test("an error of a step ends the window", async () => {
  await expect(
    window((step) => {
      if (step === 3) throw new Error("device lost");
      return 100;
    }),
  ).rejects.toThrow("device lost");
});

test("a sample lasts 100 ms or more", () => {
  expect(stepsPerSample(800)).toBe(1);
  expect(stepsPerSample(100)).toBe(1);
  expect(stepsPerSample(99)).toBe(2);
  expect(stepsPerSample(0.25)).toBe(400);
  expect(stepsPerSample(0)).toBe(1_000_000);
});
