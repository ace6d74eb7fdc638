import type { Case, RunFile } from "@epochmark/schema";
import { expect, test } from "vitest";
import { leaderboard } from "./leaderboard.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";

const { gpu } = await exampleRunFile();

/** A run of one case on one GPU, whose five launches lie around `stepMs`. */
const run = (id: string, stepMs: number, of: Partial<Case> = {}, changes: Partial<RunFile> = {}): Promise<RunFile> =>
  exampleRunFile({
    gpu: { ...gpu, id },
    cases: [exampleCase({ launches: [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, stepMs)), ...of })],
    ...changes,
  });

const at = (startedAt: string, mode: RunFile["mode"] = "ranked") => ({ startedAt, mode });

const started = (files: RunFile[]) => leaderboard(files).map(({ startedAt }) => startedAt.slice(0, 10));

const ranks = (files: RunFile[]) => leaderboard(files).map((row) => [row.gpu.id, row.rank]);

test("a row says what was measured, on what, when and by which run", async () => {
  const [row] = leaderboard([await run("geforce-rtx-3090", 120)]);
  const { summary } = exampleCase();
  expect(row).toEqual({
    gpu,
    task: expect.stringContaining("vit/vit-small-patch16-224 train full explicit 8"),
    plugin: "vit",
    model: "vit-small-patch16-224",
    phase: "train",
    size: "full",
    workload: "explicit",
    batch: 8,
    precision: "fp32",
    engine: "onnxruntime",
    engineVersion: "1.30.0",
    device: "cuda:0",
    mode: "ranked",
    status: "ok",
    reason: null,
    summary,
    startedAt: "2026-09-01T10:00:00.000Z",
    runId: "k3v9x0q2m7ab",
    caseIndex: 0,
    rank: 1,
    confirmations: 0,
  });
});

test("GPUs whose intervals overlap share a rank; the next one counts all that are wholly faster", async () => {
  const files = [await run("slow", 200), await run("b", 101), await run("a", 100), await run("fast", 50)];
  expect(ranks(files)).toEqual([
    ["fast", 1],
    ["a", 2],
    ["b", 2],
    ["slow", 4],
  ]);
});

test("two engines of one GPU are two rows, and count as one GPU before the others", async () => {
  const engine = { id: "tfjs-cpu", version: "4.22.0", device: "cpu", threads: 1, adapter: null };
  const files = [await run("a", 50), await run("a", 60, { engine }), await run("b", 100)];
  expect(ranks(files)).toEqual([
    ["a", 1],
    ["a", 1],
    ["b", 2],
  ]);
});

test("only ok in mode ranked is ranked, and nothing else pushes others down", async () => {
  const files = [
    await run("quick", 50, {}, { mode: "fast" }),
    await run("restless", 60, { status: "unstable", reason: "the warm-up had not settled" }),
    await run("steady", 100),
    await run("small", 1, { launches: [], status: "oom", reason: "12 GiB were asked for" }),
  ];
  expect(ranks(files)).toEqual([
    ["quick", null],
    ["restless", null],
    ["steady", 1],
    ["small", null],
  ]);
});

test("unlike tasks are not ranked against each other", async () => {
  const inputs = [{ name: "images", shape: [8, 3, 384, 384], dtype: "float32" as const }];
  const files = [
    await run("a", 50),
    await run("b", 100, { workload: { name: "small", batch: 16, inputs: [] } }),
    await run("c", 100, { workload: { name: "small", batch: 8, inputs } }),
    await run("d", 100, { phase: "infer" }),
    await run("e", 100, { precision: "fp16" }),
    await run("f", 100, { size: "tiny" }),
  ];
  expect(leaderboard(files).map(({ rank }) => rank)).toEqual([1, 1, 1, 1, 1, 1]);
});

test("the newest run stands, but a ranked one before a newer fast one", async () => {
  const old = await run("a", 100, {}, at("2026-09-01T10:00:00Z"));
  const newer = await run("a", 90, {}, at("2026-09-02T10:00:00.000Z"));
  const fast = await run("a", 80, {}, at("2026-09-03T10:00:00Z", "fast"));
  expect(started([old, newer, fast])).toEqual(["2026-09-02"]);
  expect(started([fast, newer, old])).toEqual(["2026-09-02"]);
  expect(started([fast])).toEqual(["2026-09-03"]);
});

test("of several software versions the best stands, by its newest run; runs that agree confirm it", async () => {
  const engine = (version: string) => ({
    engine: { id: "onnxruntime", version, device: "cpu", threads: 2, adapter: null },
  });
  const files = [
    await run("a", 90, engine("1.30.0"), { id: "aaaaaaaaaaaa", ...at("2026-09-01T10:00:00Z") }),
    await run("a", 100, engine("1.30.0"), { id: "bbbbbbbbbbbb", ...at("2026-09-02T10:00:00Z") }),
    await run("a", 101, engine("1.30.0"), { id: "cccccccccccc", ...at("2026-09-03T10:00:00Z") }),
    await run("a", 120, engine("1.31.0"), { id: "dddddddddddd", ...at("2026-09-04T10:00:00Z") }),
  ];
  const [row, ...others] = leaderboard(files);
  expect(others).toEqual([]);
  expect([row?.runId, row?.engineVersion, row?.confirmations]).toEqual(["cccccccccccc", "1.30.0", 1]);
});
