import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRunFile, validateRunFile } from "@epochmark/records";
import type { RunFile } from "@epochmark/schema";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launchChild } from "./child/launch.ts";
import type { RunEvent } from "./events.ts";
import { lockDevice } from "./lock.ts";
import { machine } from "./fixtures/launches.fixture.ts";
import { fixtureOptions } from "./fixtures/options.fixture.ts";
import type { Machine } from "./machine.ts";
import { type ReplicaOptions, runReplicas } from "./replicas.ts";
import { devicesHere, runBenchmark, type Surroundings } from "./run.ts";

// Children are real; the two cards are the fixture's, and the processor's time is theirs.

let out: string;
beforeEach(async () => void (out = await mkdtemp(join(tmpdir(), "replicas-"))));
afterEach(() => rm(out, { recursive: true }));

const card = { ...machine.cpu, id: "card-test", name: "Test card", kind: "discrete" as const, rawNames: ["Test card"] };
const cards: Machine = { ...machine, gpus: [0, 1].map((i) => ({ ...card, pciBus: `0000:0${i}:00.0` })) };

const surroundings = (): Surroundings => ({
  machine: async () => cards,
  launch: launchChild,
  sensor: "no sensor in this test",
  lockFolder: out,
});

const options = (engine: string) => ({
  ...fixtureOptions,
  engine,
  out,
  launches: 2,
  budget: { warmupMs: 300, windowMs: 800, minSamples: 2, launchMs: 60_000 },
});

/** What a replica told, and when (ms). */
type Told = { replica: number; at: number } & RunEvent;

async function replicas(engine: string, changes: Partial<ReplicaOptions> = {}) {
  const told: Told[] = [];
  const onEvent = (event: RunEvent, replica: number): void => {
    told.push({ ...event, replica, at: performance.now() });
    changes.onEvent?.(event, replica);
  };
  const found = await runReplicas({ ...options(engine), ...changes, onEvent }, surroundings());
  return { ...found, told };
}

async function onDisk(path: string | null): Promise<RunFile> {
  const file = parseRunFile(await readFile(path!, "utf8"), path!);
  expect((await validateRunFile(file, { path: path! })).problems).toEqual([]);
  return file;
}

/** First and last moment of the windows of one replica, a launch and case each. */
const windowsOf = (told: readonly Told[], replica: number): { from: number; to: number }[] =>
  told
    .filter((event) => event.replica === replica)
    .flatMap((event, i, all) => {
      if (event.type !== "stage" || event.stage !== "window") return [];
      const rest = all.slice(i);
      const samples = rest
        .slice(
          0,
          rest.findIndex(({ type }) => type === "launch-end"),
        )
        .filter(isSample);
      return [{ from: event.at, to: samples.at(-1)!.at }];
    });

const isSample = ({ type }: Told): boolean => type === "sample";

test(
  "two cards measure each case in the same windows, a record each, though one is slow to start",
  { timeout: 120_000 },
  async () => {
    const { results, cases, told } = await replicas("twins", { models: ["line-a", "line-b"] });
    const [first, second] = [windowsOf(told, 0), windowsOf(told, 1)];
    expect(first).toHaveLength(4);
    expect(second).toHaveLength(4);
    for (const [i, one] of first.entries()) {
      const other = second[i]!;
      expect(Math.abs(one.from - other.from)).toBeLessThan(400);
      const overlap = Math.min(one.to, other.to) - Math.max(one.from, other.from);
      expect(overlap).toBeGreaterThan(0.5 * (Math.max(one.to, other.to) - Math.min(one.from, other.from)));
    }

    const files = await Promise.all(results.map(({ path }) => onDisk(path)));
    expect(files.map(({ gpu }) => gpu.pciBus)).toEqual(["0000:00:00.0", "0000:01:00.0"]);
    expect(new Set(files.map(({ seed }) => seed)).size).toBe(1);
    for (const [i, file] of files.entries())
      for (const found of file.cases) {
        expect(found).toMatchObject({ replicas: 2, engine: { device: `cuda:${i}` }, launches: { length: 2 } });
        expect(found.warnings.filter((line) => line.includes("at the same time"))).toEqual([]);
        for (const { stop, wallMs } of found.launches) {
          expect(stop).toBe("budget");
          expect(wallMs).toBeGreaterThan(750);
        }
      }

    expect(cases.map(({ model, replicas: each }) => [model, each.length])).toEqual([
      ["fixture/line-a", 2],
      ["fixture/line-b", 2],
    ]);
    const rates = files.map(({ cases: own }) => own[0]!.summary!.imagesPerSecond.median);
    expect(cases[0]!.imagesPerSecond).toBeCloseTo(rates[0]! + rates[1]!, 6);
    expect(cases[0]!.replicas.map(({ alone }) => alone)).toEqual([null, null]);
  },
);

test("a replica that crashes holds the other in no launch", { timeout: 120_000 }, async () => {
  const { results, cases } = await replicas("twins-one-aborts", { models: ["line-a", "line-b"] });
  const [whole, broken] = await Promise.all(results.map(({ path }) => onDisk(path)));
  expect(broken!.cases.map(({ status }) => status)).toEqual(["failed", "failed"]);
  expect(whole!.cases.map(({ launches }) => launches.length)).toEqual([2, 2]);
  // The first case's first window may have begun with the other one alive; its second launch had nobody beside it.
  expect(whole!.cases[0]!.warnings).toContain("launch 1: 1 of 2 devices were measuring at the same time");
  expect(cases[0]!.imagesPerSecond).toBe(whole!.cases[0]!.summary!.imagesPerSecond.median);
});

test("a replica that hangs is waited for as long as its launch may take", { timeout: 120_000 }, async () => {
  const budget = { warmupMs: 300, windowMs: 300, minSamples: 2, launchMs: 15_000 };
  const { results } = await replicas("twins-one-hangs", { mode: "fast", launches: 1, budget });
  const [whole, broken] = await Promise.all(results.map(({ path }) => onDisk(path)));
  expect(broken!.cases[0]).toMatchObject({ status: "timeout" });
  expect(whole!.cases[0]).toMatchObject({ launches: { length: 1 } });
});

test(
  "an interrupt ends all and keeps what each has measured; a lone run does not go on with it",
  { timeout: 120_000 },
  async () => {
    const controller = new AbortController();
    let ended = 0;
    const onEvent = ({ type }: RunEvent): void => {
      if (type === "launch-end") ended++;
      // Both have a launch behind them, and one has begun another.
      if (type === "launch-start" && ended === 2) controller.abort();
    };
    const { results } = await replicas("twins", { signal: controller.signal, onEvent, launches: 5 });
    for (const { path, interrupted } of results) {
      expect(interrupted).toBe(true);
      const { cases, finishedAt } = await onDisk(path);
      expect(finishedAt).toBeNull();
      expect(cases[0]).toMatchObject({ status: "unstable", reason: "only 1 of 5 launches were done" });
    }
    const resumed = runBenchmark({ ...options("twins"), device: "cuda:0", resume: true }, surroundings());
    await expect(resumed).rejects.toThrow(/^no unfinished ranked run of card-test to resume/);
  },
);

test(
  "each device on its own: cuda:1 is that card, all is every card in turn, and replicas are held against both",
  { timeout: 120_000 },
  async () => {
    const alone = { ...options("twins"), mode: "fast" as const, launches: 1 };
    const devices = await devicesHere({ ...alone }, surroundings());
    expect(devices).toEqual(["cuda:0", "cuda:1"].map((device) => ({ engine: "twins", device })));
    const ids: string[] = [];
    for (const { device } of devices) {
      const { path } = await runBenchmark({ ...alone, device }, surroundings());
      const { id, gpu, cases } = await onDisk(path);
      expect(gpu.pciBus).toBe(`0000:0${device.at(-1)}:00.0`);
      expect(cases[0]).toMatchObject({ replicas: 1, engine: { device } });
      // A busy machine may make a launch unstable: such a record stands for nothing.
      ids.push(cases[0]!.status === "ok" ? id : "");
    }
    const { cases } = await replicas("twins", { mode: "fast", launches: 1 });
    for (const [i, { alone: record, ratio, imagesPerSecond }] of cases[0]!.replicas.entries()) {
      const known = ids[i] || ids.find(Boolean);
      expect(record?.run).toBe(known);
      if (record) expect(ratio!.median).toBeCloseTo(imagesPerSecond!.median / record.imagesPerSecond, 9);
    }
  },
);

test.each([
  [
    { engine: "single" },
    /^replicas need two or more GPUs that single can use by CUDA for fp32, and only cuda:0 of single is one here/,
  ],
  [{ engine: "good" }, /^replicas need two .* by CUDA for fp32, and there is none here: bench doctor says why$/],
  [{ engine: "twins", precision: "fp16" }, /for fp16, and there is none here/],
  [
    { engine: "twins", device: "cuda:1" },
    /^replicas measure all GPUs at the same time, not one: leave out device "cuda:1"$/,
  ],
  [{ engine: "twins", batch: 0 }, /^batch 0 cannot be run/],
])("%j is refused in one line, and nothing is written", async (changes, message) => {
  await expect(replicas("twins", changes)).rejects.toThrow(message);
  expect(await readdir(out)).toEqual([]);
});

test("where one card is taken, the other is measured neither, and nothing is left", { timeout: 60_000 }, async () => {
  const release = lockDevice(cards.gpus[1]!, out);
  await expect(replicas("twins")).rejects.toThrow(/^process \d+ has been measuring on Test card since/);
  release();
  expect((await readdir(out, { recursive: true })).filter((name) => name.includes("."))).toEqual([]);
});
