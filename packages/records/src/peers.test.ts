import type { RunFile } from "@epochmark/schema";
import { expect, test } from "vitest";
import { heldAgainst, peersOf } from "./peers.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";

const run = (id: string, stepMs: number, changes: Parameters<typeof exampleRunFile>[0] = {}) =>
  exampleRunFile({
    id,
    cases: [exampleCase({ launches: [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, stepMs)) })],
    ...changes,
  });

const findOutliers = (file: RunFile, others: readonly RunFile[]) => heldAgainst(file, others.flatMap(peersOf)).warnings;

const peers = await Promise.all([100, 104, 98].map((stepMs, i) => run(`peer${i}`.padEnd(12, "x"), stepMs)));

test("a record like the others of its GPU is none", async () => {
  expect(findOutliers(await run("own".padEnd(12, "x"), 115), peers)).toEqual([]);
});

test("one that is far faster or slower is named", async () => {
  const [fast] = findOutliers(await run("own".padEnd(12, "x"), 50), peers);
  expect(fast).toEqual({
    path: "cases[0].summary.stepMs",
    message: "2.00 times faster than the middle of 3 other records",
  });
  const [slow] = findOutliers(await run("own".padEnd(12, "x"), 200), peers);
  expect(slow?.message).toMatch(/^2\.00 times slower/);
});

test("where others scatter as much, it is none", async () => {
  const scattered = await Promise.all([50, 100, 210].map((stepMs, i) => run(`wide${i}`.padEnd(12, "x"), stepMs)));
  expect(findOutliers(await run("own".padEnd(12, "x"), 250), scattered)).toEqual([]);
});

test("itself, other GPUs, other tasks and few records are not held against it", async () => {
  const own = await run("own".padEnd(12, "x"), 20);
  const { gpu } = own;
  expect(findOutliers(own, peers.slice(0, 2))).toEqual([]);
  expect(findOutliers(own, [own, own, own])).toEqual([]);
  const elsewhere = peers.map((peer) => ({ ...peer, gpu: { ...gpu, id: "tesla-t4" } }));
  expect(findOutliers(own, elsewhere)).toEqual([]);
  const larger = peers.map((peer) => ({
    ...peer,
    cases: peer.cases.map((found) => ({ ...found, size: "tiny" as const })),
  }));
  expect(findOutliers(own, larger)).toEqual([]);
});

test("samples of another record are copies of it", async () => {
  const own = await run("own".padEnd(12, "x"), 100);
  const copies = heldAgainst(own, peersOf(peers[0]!)).problems;
  expect(copies.map(({ path }) => path)).toEqual([0, 1, 2, 3, 4].map((j) => `cases[0].launches[${j}].samplesMs`));
  expect(copies[0]?.message).toBe("the same samples as of run peer0xxxxxxx");
  expect(heldAgainst(own, peersOf(own)).problems).toEqual([]);
});
