import { expect, test } from "vitest";
import { stepsForSample, timeWindow } from "./window.ts";

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
      stopWhenPrecise: false,
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
  const { samplesMs, stop } = await window(() => 0.001, { windowMs: 1e6 });
  expect([samplesMs.length, stop]).toEqual([2000, "full"]);
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
  expect([800, 100, 99, 0.25, 0].map((stepMs) => stepsForSample(stepMs, 10_000))).toEqual([1, 1, 2, 400, 1_000_000]);
});

test("in a long window samples are longer, so that the record holds them all", () => {
  expect(stepsForSample(1, 300_000)).toBe(225);
  expect(300_000 / 225).toBeLessThan(2000);
});

test("a window of level samples ends when they are precise, but not before three seconds", async () => {
  const level = (step: number) => 100 + (step % 7);
  const found = await window(level, { windowMs: 10_000, stopWhenPrecise: true });
  expect(found).toMatchObject({ stop: "precise" });
  expect(found.wallMs).toBeGreaterThanOrEqual(3000);
  expect(found.wallMs).toBeLessThan(3500);
  expect(found.halfWidth).toBeLessThan(0.02);
  expect(await window(level, { windowMs: 10_000 })).toMatchObject({
    stop: "budget",
    wallMs: expect.closeTo(10_000, -3),
  });
});

test("a window of restless samples goes on to the end of its budget, and says how wide they lie", async () => {
  const restless = (step: number) => (Math.floor(step / 9) % 2 === 0 ? 100 : 160);
  const found = await window(restless, { windowMs: 10_000, stopWhenPrecise: true });
  expect(found.stop).toBe("budget");
  expect(found.halfWidth).toBeGreaterThan(0.01);
});
