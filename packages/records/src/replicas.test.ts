import type { Case, RunFile } from "@epochmark/schema";
import { expect, test } from "vitest";
import { leaderboard } from "./leaderboard.ts";
import { replicaCases } from "./replicas.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";

const { gpu } = await exampleRunFile();
const buses = ["00000000:01:00.0", "00000000:02:00.0"] as const;

/** A run of one case on one of two cards of the same name, around so many ms a step. */
const run = (id: string, card: 0 | 1, stepMs: number, of: Partial<Case> = {}, startedAt = "2026-09-01T10:00:00.000Z") =>
  exampleRunFile({
    id: id.padEnd(12, "0"),
    startedAt,
    gpu: { ...gpu, pciBus: buses[card] },
    cases: [exampleCase({ launches: [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, stepMs)), ...of })],
  });

const engineOn = (device: string): Case["engine"] => ({ ...exampleCase().engine, device });
const together = async (): Promise<RunFile[]> => [
  await run("a", 0, 125, { replicas: 2 }),
  await run("b", 1, 100, { replicas: 2, engine: engineOn("cuda:1") }),
];

test("the figures of all GPUs are summed, each is held against its own newest record alone", async () => {
  const records = [
    await run("c", 0, 90, {}, "2026-08-01T10:00:00.000Z"),
    await run("d", 0, 100, {}, "2026-08-02T10:00:00.000Z"),
    await run("e", 1, 80, {}, "2026-08-03T10:00:00.000Z"),
  ];
  const [found, ...others] = replicaCases(await together(), records);
  expect(others).toEqual([]);
  expect(found!.model).toBe("vit/vit-small-patch16-224");
  const [first, second] = found!.replicas;
  expect(found!.imagesPerSecond).toBeCloseTo(first!.imagesPerSecond!.median + second!.imagesPerSecond!.median, 9);
  expect([first!.device, second!.device]).toEqual(["cuda:0", "cuda:1"]);
  // The newest of the very card, though another card's is newer.
  expect([first!.alone!.run, second!.alone!.run]).toEqual(["d".padEnd(12, "0"), "e".padEnd(12, "0")]);
  expect(first!.ratio!.median).toBeCloseTo(100 / 125, 3);
  expect(second!.ratio!.median).toBeCloseTo(80 / 100, 3);
  expect(first!.ratio).toMatchObject({ distinguishable: true, low: expect.any(Number) });
});

test("another card of that name stands in; another engine, batch, status or replicas do not", async () => {
  const files = await together();
  const only = (record: RunFile) => replicaCases(files, [record])[0]!.replicas.map(({ alone }) => alone !== null);
  expect(only(await run("c", 1, 80))).toEqual([true, true]);
  const unlike: Partial<Case>[] = [
    { engine: { ...exampleCase().engine, id: "tfjs-node" } },
    { workload: { ...exampleCase().workload, batch: 4 } },
    { status: "unstable", reason: "the warm-up had not settled" },
    { precision: "tf32" },
    { replicas: 2 },
  ];
  for (const changes of unlike) expect(only(await run("c", 0, 80, changes))).toEqual([false, false]);
});

test("a GPU without a figure is no part of the sum", async () => {
  const [first, second] = (await together()) as [RunFile, RunFile];
  const failed = {
    ...second,
    cases: [{ ...second.cases[0]!, status: "failed" as const, reason: "it broke", summary: null }],
  };
  const [found] = replicaCases([first, failed], []);
  expect(found!.imagesPerSecond).toBe(first.cases[0]!.summary!.imagesPerSecond.median);
  expect(found!.replicas[1]).toMatchObject({
    imagesPerSecond: null,
    ratio: null,
    status: "failed",
    reason: "it broke",
  });
  expect(replicaCases([failed], [])[0]!.imagesPerSecond).toBeNull();
});

test("what a GPU did beside others neither stands for it nor takes a rank", async () => {
  const alone = await run("c", 0, 200);
  const rows = leaderboard([alone, ...(await together())]);
  expect(rows.map(({ runId, rank }) => [runId, rank])).toEqual([["c".padEnd(12, "0"), 1]]);
});
