import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { BatchSearchError, fitted, guardHostMemory, searchBatch } from "./batch-search.ts";

test.each([1, 2, 3, 7, 8, 100, 257])("%i is found, and the next one did not fit", async (largest) => {
  const { batch, tried } = (await searchBatch(async (images) => images <= largest))!;
  expect(batch).toBe(largest);
  expect(tried).toContainEqual({ batch: largest, fits: true });
  expect(tried).toContainEqual({ batch: largest + 1, fits: false });
  expect(tried.length).toBeLessThanOrEqual(2 + 2 * Math.ceil(Math.log2(largest + 1)));
});

test("nothing fits, everything fits, the user has enough", async () => {
  expect(await searchBatch(async () => false)).toEqual({ batch: null, tried: [{ batch: 1, fits: false }] });
  expect((await searchBatch(async () => true))!.batch).toBe(65_536);
  expect(await searchBatch(async (images) => (images < 4 ? true : null))).toBeNull();
});

test("only memory is a question of the batch", () => {
  const ended = (status: "oom" | "failed") => ({ messages: [], interrupted: false, ending: { status, reason: "why" } });
  expect(fitted({ messages: [], interrupted: false, ending: null }, false)).toBe(true);
  expect(fitted(ended("oom"), false)).toBe(false);
  expect(fitted({ messages: [], interrupted: true, ending: null }, true)).toBe(false);
  expect(() => fitted(ended("failed"), false)).toThrow(BatchSearchError);
});

test.runIf(process.platform === "linux")("a process that takes the host's memory is noticed", async () => {
  let noticed = 0;
  const stop = guardHostMemory(process.pid, () => (noticed += 1), 1);
  const stopOther = guardHostMemory(process.pid, () => (noticed += 1000), 1e9);
  await delay(200);
  stop();
  stopOther();
  expect(noticed).toBeGreaterThan(0);
  expect(noticed).toBeLessThan(1000);
});
