import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Reading, Sensor } from "@epochmark/hardware";
import { parseRunFile, validateRunFile } from "@epochmark/records";
import type { RunFile } from "@epochmark/schema";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Outcome } from "./child/launch.ts";
import type { MeasureRequest } from "./child/protocol.ts";
import type { RunEvent } from "./events.ts";
import { delivered, machine, mockLauncher } from "./fixtures/launches.fixture.ts";
import { runBenchmark, type RunOptions } from "./run.ts";

const plugin = fileURLToPath(new URL("./fixtures/plugin.fixture.ts", import.meta.url));

let out: string;
beforeEach(async () => void (out = await mkdtemp(join(tmpdir(), "runs-"))));
afterEach(() => rm(out, { recursive: true }));

async function bench(
  options: RunOptions,
  answer: (request: MeasureRequest, count: number) => Partial<Outcome> = () => ({}),
) {
  const { launch, requests } = mockLauncher(answer);
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent): void => void events.push(event);
  const result = await runBenchmark(
    { pluginRoot: "/nowhere", plugins: [plugin], out, seed: 42, onEvent, ...options },
    { machine: async () => machine, launch, sensor: "no sensor in this test", lockFolder: out },
  );
  return { ...result, requests, events };
}

async function onDisk(path: string): Promise<RunFile> {
  const file = parseRunFile(await readFile(path, "utf8"), path);
  expect((await validateRunFile(file, { path })).problems).toEqual([]);
  return file;
}

const models = ["line-a", "line-b"];
const phases = ["train"];

test("a ranked run interleaves five launches of each case, and is complete on disk", async () => {
  const { path, run, requests, events, interrupted } = await bench({ models, phases });
  expect(interrupted).toBe(false);
  expect(requests.map(({ model, launch }) => `${model} ${launch.index}`)).toEqual([
    "line-a 0", "line-b 0", "line-a 1", "line-b 1", "line-a 2", "line-b 2", "line-a 3", "line-b 3", "line-a 4", "line-b 4",
  ]); // prettier-ignore
  expect(requests.map(({ check }) => check)).toEqual([true, true, ...Array.from({ length: 8 }, () => false)]);
  const file = await onDisk(path!);
  expect(file).toEqual(run);
  expect(file.finishedAt).not.toBeNull();
  expect(file.cases.map((each) => [each.model, each.status, each.launches.length, each.summary?.launches])).toEqual([
    ["line-a", "ok", 5, 5],
    ["line-b", "ok", 5, 5],
  ]);
  expect(events.filter(({ type }) => type === "case-end")).toHaveLength(2);
});

test("every launch has a seed of its own, all of them known from the run's", async () => {
  const seeds = async (seed: number) =>
    (await bench({ models, phases, seed })).requests.map(({ launch }) => launch.seed);
  const first = await seeds(1);
  expect(new Set(first).size).toBe(10);
  expect(await seeds(1)).toEqual(first);
  expect(await seeds(2)).not.toEqual(first);
});

test("a fast run launches each case once and says what it is", async () => {
  const { path, requests } = await bench({ mode: "fast", models, phases });
  expect(requests).toHaveLength(2);
  const { mode, cases } = await onDisk(path!);
  expect(mode).toBe("fast");
  expect(cases[0]).toMatchObject({ status: "ok", summary: { interval: "none-single-launch" } });
});

test("after every launch the file holds what was done, and claims no more", async () => {
  const seen: string[] = [];
  const { launch, requests } = mockLauncher(() => ({}));
  await runBenchmark(
    { pluginRoot: "/nowhere", plugins: [plugin], out, models, phases, launches: 5 },
    {
      machine: async () => machine,
      lockFolder: out,
      async launch(request, control) {
        const [name] = await readdir(join(out, "cpu-test")).catch(() => [undefined]);
        if (name && requests.length > 0) {
          const { cases } = await onDisk(join(out, "cpu-test", name));
          seen.push(cases.map(({ status, launches }) => `${status} ${launches.length}`).join(", "));
        }
        return launch(request, control);
      },
    },
  );
  expect(seen.slice(0, 3)).toEqual(["unstable 1", "unstable 1, unstable 1", "unstable 2, unstable 1"]);
});

test("a case that ends early is launched no more, the others go on", async () => {
  const ending = {
    status: "oom" as const,
    reason: "killed by the system during window, as happens when memory runs out",
  };
  const { path, requests } = await bench({ models, phases }, (request) =>
    request.model === "line-a" && request.launch.index === 1 ? { messages: [], ending } : {},
  );
  expect(requests.filter(({ model }) => model === "line-a")).toHaveLength(2);
  const { cases, finishedAt } = await onDisk(path!);
  expect(finishedAt).not.toBeNull();
  expect(cases[0]).toMatchObject({ ...ending, launches: [{ index: 0 }] });
  expect(cases[1]).toMatchObject({ status: "ok" });
});

test("an interrupt keeps what was measured and says that it is not all", async () => {
  const { path, run, interrupted, events } = await bench({ models, phases }, (_, count) =>
    count === 4 ? { messages: [], interrupted: true } : {},
  );
  expect(interrupted).toBe(true);
  expect(run.finishedAt).toBeNull();
  const { cases } = await onDisk(path!);
  expect(cases.map(({ status, reason }) => `${status}: ${reason}`)).toEqual([
    "unstable: only 2 of 5 launches were done",
    "unstable: only 1 of 5 launches were done",
  ]);
  expect(events.some(({ type }) => type === "case-end")).toBe(false);
});

test("an interrupt before anything was measured leaves nothing", async () => {
  const { path, interrupted } = await bench({ models }, () => ({ messages: [], interrupted: true }));
  expect({ path, interrupted }).toEqual({ path: null, interrupted: true });
  expect(await readdir(join(out, "cpu-test"))).toEqual([]);
});

test.each<[string, Parameters<typeof delivered>[1], string, RegExp]>([
  ["a failed check", { passed: false }, "failed", /^failed its check: outputs differ$/],
  [
    "a node on the CPU",
    { strays: { CumSum: 1, Add: 3 } },
    "cpu_fallback",
    /^4 of \d+ nodes ran on the CPU: Add × 3, CumSum × 1$/,
  ],
  ["a warm-up that never settled", { settled: false }, "unstable", /warm-up had not settled/],
])("%s decides the status", async (_, changes, status, reason) => {
  const { path } = await bench({ phases }, (request) => ({ messages: delivered(request, changes) }));
  expect((await onDisk(path!)).cases[0]).toMatchObject({ status, reason: expect.stringMatching(reason) });
});

test("a check that gives no result makes the case failed", async () => {
  const { path } = await bench({ mode: "fast", phases }, (request) => ({
    messages: delivered(request).filter(({ type }) => type !== "checked"),
  }));
  expect((await onDisk(path!)).cases[0]).toMatchObject({ status: "failed", correctness: null });
});

test("words that name nothing stop the run before anything is written", async () => {
  await expect(bench({ models: ["line-x"] })).rejects.toThrow(/^unknown model "line-x"/);
  await expect(bench({ batch: 0 })).rejects.toThrow(/^batch 0 cannot be run/);
  expect(await readdir(out)).toEqual([]);
});

/** A sensor whose readings, one a millisecond, are those given; and launches that last a moment. */
async function watched(readings: Partial<Reading>[]) {
  const sensor: Sensor = {
    method: "test",
    busy: "before",
    start(_, take) {
      let i = 0;
      const timer = setInterval(
        () => take({ atMs: performance.now(), ...readings[Math.min(i++, readings.length - 1)] }),
        1,
      );
      return { stop: () => clearInterval(timer), fault: () => null };
    },
  };
  const kind = "discrete";
  const { launch } = mockLauncher(() => ({}), [{ id: "card", kind, name: null, usable: true, reason: null }]);
  const result = await runBenchmark(
    { pluginRoot: "/nowhere", plugins: [plugin], out, phases, mode: "fast" },
    {
      machine: async () => ({ ...machine, gpus: [{ ...machine.cpu, id: "card-test", kind }] }),
      sensor,
      lockFolder: out,
      async launch(request, control) {
        if (request.type === "measure") {
          await delay(20);
          control.onMessage?.({ type: "stage", stage: "session" });
          control.onMessage?.({ type: "stage", stage: "window" });
          await delay(60);
          control.onMessage?.({ type: "sample", index: 0, stepMs: 60 });
        }
        return launch(request, control);
      },
    },
  );
  return (await onDisk(result.path!)).cases[0]!;
}

const level = { clockMHz: 1700, defaultClockMHz: 1500, others: 0, busyPercent: 0, usedMiB: 300, processMiB: 2000 };
const falling = Array.from({ length: 80 }, (_, i) => ({ ...level, clockMHz: 1700 - 10 * i }));

test.each<[string, Partial<Reading>[], string, RegExp | null]>([
  ["a device in order", [level], "ok", null],
  ["a clock that falls", falling, "throttled", /^launch 0: the clock fell from 1\d+ to \d+ MHz within the window$/],
  ["a clock held down", [{ ...level, clockMHz: 900 }], "throttled", /^launch 0: the clock was 900 MHz, under 75 %/],
  ["another process", [{ ...level, others: 1 }], "shared", /^launch 0: 1 other process computed on the device$/],
  ["a device busy before", [{ ...level, busyPercent: 40 }], "shared", /^launch 0: others kept the device 40 % busy$/],
  ["memory beyond the device's", [{ ...level, processMiB: 5000 }], "spilled", /^launch 0: 5300 MiB were allocated/],
])("%s: seen by the sensor, kept with the launch, and the status follows", async (_, readings, status, reason) => {
  const found = await watched(readings);
  expect(found.status).toBe(status);
  if (reason) expect(found.reason).toMatch(reason);
  expect(found.launches[0]?.conditions.clock).toMatchObject({ known: true, defaultMHz: 1500 });
  expect(found.launches[0]?.memory.devicePeakMiB.method).toMatch(/^memory of the process, test/);
});

test("a run that was interrupted is resumed: the same file, each launch once, the check not again", async () => {
  const first = await bench({ models, phases, mode: "ranked" }, (_, count) =>
    count === 4 ? { messages: [], interrupted: true } : {},
  );
  expect(first.run.finishedAt).toBeNull();
  const second = await bench({ models, phases, mode: "ranked", resume: true, seed: 7 });
  expect(second.path).toBe(first.path);
  expect(second.requests.map(({ model, launch }) => `${model} ${launch.index}`)).toEqual([
    "line-b 1", "line-a 2", "line-b 2", "line-a 3", "line-b 3", "line-a 4", "line-b 4",
  ]); // prettier-ignore
  const file = await onDisk(second.path!);
  expect(file.seed).toBe(42);
  expect(file.finishedAt).not.toBeNull();
  expect(file.cases.map(({ status, launches }) => [status, launches.length])).toEqual([
    ["ok", 5],
    ["ok", 5],
  ]);
  await expect(bench({ models, phases, resume: true })).rejects.toThrow(/^no unfinished ranked run of cpu-test/);
});

test("a case that ended early stays so when its run is resumed", async () => {
  const ending = { status: "oom" as const, reason: "12 GiB were asked for" };
  await bench({ models, phases }, ({ model }, count) => {
    if (count === 2) return { messages: [], interrupted: true };
    return model === "line-a" ? { messages: [], ending } : {};
  });
  const { requests, run } = await bench({ models, phases, resume: true });
  expect(requests.every(({ model }) => model === "line-b")).toBe(true);
  expect(run.cases.map(({ status }) => status)).toEqual(["oom", "ok"]);
});

test("two runs on one device: the second is refused, and says who has it", async () => {
  const { launch } = mockLauncher(() => ({}));
  const run = (inner: () => Promise<unknown>) =>
    runBenchmark(
      { pluginRoot: "/nowhere", plugins: [plugin], out, phases, mode: "fast" },
      {
        machine: async () => machine,
        lockFolder: out,
        sensor: "none",
        async launch(request, control) {
          if (request.type === "measure") await inner();
          return launch(request, control);
        },
      },
    );
  const refused = new RegExp(`^process ${process.pid} has been measuring on Test CPU since`);
  await run(() => expect(run(async () => {})).rejects.toThrow(refused));
});

test("the largest batch is searched for, each try a launch of its own, and then measured", async () => {
  const oom = { status: "oom" as const, reason: "out of memory" };
  const { path, requests } = await bench({ phases, models: ["line-a"], batch: "max" }, ({ batch }) =>
    batch > 11 ? { messages: [], ending: oom } : {},
  );
  const { cases } = await onDisk(path!);
  expect(cases[0]).toMatchObject({ status: "ok", workload: { name: "max", batch: 11 }, launches: { length: 5 } });
  expect(cases[0]?.workload.inputs[0]?.shape[0]).toBe(11);
  expect(cases[0]?.batchSearch?.map(({ batch, fits }) => `${batch} ${fits}`)).toEqual([
    "1 true", "2 true", "4 true", "8 true", "16 false", "12 false", "10 true", "11 true",
  ]); // prettier-ignore
  expect(requests).toHaveLength(8 + 5);
});

test("where not one image fits, that is the result", async () => {
  const oom = { status: "oom" as const, reason: "out of memory" };
  const { path } = await bench({ phases, batch: "max" }, () => ({ messages: [], ending: oom }));
  expect((await onDisk(path!)).cases[0]).toMatchObject({
    status: "oom",
    reason: "not even one image fits",
    batchSearch: [{ batch: 1, fits: false }],
    summary: null,
  });
});
