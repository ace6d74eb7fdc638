import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reading, Sensor } from "@epochmark/hardware";
import { parseRunFile, validateRunFile } from "@epochmark/records";
import type { Case, Status } from "@epochmark/schema";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launchChild } from "./child/launch.ts";
import { machine } from "./fixtures/launches.fixture.ts";
import { fixtureOptions } from "./fixtures/options.fixture.ts";
import { runBenchmark } from "./run.ts";

// Every status there is, from its cause to the record on disk: children are real, engines and sensors have the fault.

interface Cause {
  /** Of the fixture's engines. */
  engine: string;
  /** What the sensor of a card sees, from the first reading to the last. */
  readings?: Partial<Reading>[];
  warmupMs?: number;
  launchMs?: number;
  reason: RegExp | null;
}

const level = { clockMHz: 1700, defaultClockMHz: 1500, others: 0, busyPercent: 0, usedMiB: 300, processMiB: 2000 };

const causes: Record<Status, Cause> = {
  ok: { engine: "card", readings: [level], reason: null },
  unstable: { engine: "restless", warmupMs: 1000, reason: /^the warm-up had not settled when its budget ended/ },
  throttled: { engine: "card", readings: [{ ...level, clockMHz: 900 }], reason: /the clock was 900 MHz, under 75 %/ },
  shared: { engine: "card", readings: [{ ...level, others: 2 }], reason: /2 other processes computed on the device$/ },
  spilled: {
    engine: "card",
    readings: [{ ...level, processMiB: 5000 }],
    reason: /5300 MiB were allocated on a device of 4096/,
  },
  oom: { engine: "out-of-memory", reason: /allocation failed/ },
  unsupported: { engine: "refusing-card", reason: /^this device has no such kernel: take another$/ },
  cpu_fallback: { engine: "stray", reason: /^2 of 12 nodes ran on the CPU: Loop × 2$/ },
  timeout: { engine: "hang", launchMs: 6000, reason: /^no result within 6 s \(during / },
  failed: { engine: "wrong", reason: /^failed its check: outputs differ from the reference engine by / },
};

let out: string;
beforeEach(async () => void (out = await mkdtemp(join(tmpdir(), "statuses-"))));
afterEach(() => rm(out, { recursive: true }));

const sensorOf = (readings: Partial<Reading>[]): Sensor => ({
  method: "test",
  busy: "before",
  start(_, take) {
    let i = 0;
    const next = (): void => take({ atMs: performance.now(), ...readings[Math.min(i++, readings.length - 1)] });
    const timer = setInterval(next, 5);
    return { stop: () => clearInterval(timer), fault: () => null };
  },
});

async function caseOf({ engine, readings, warmupMs = 8000, launchMs = 60_000 }: Cause): Promise<Case> {
  const { path } = await runBenchmark(
    {
      ...fixtureOptions,
      engine,
      out,
      mode: "fast",
      budget: { warmupMs, windowMs: 1000, minSamples: 2, stopWhenPrecise: false, launchMs },
    },
    {
      machine: async () => ({
        ...machine,
        gpus: [{ ...machine.cpu, id: "card-test", kind: "discrete", rawNames: ["Test card"] }],
      }),
      launch: launchChild,
      sensor: readings ? sensorOf(readings) : "no sensor in this test",
      lockFolder: out,
    },
  );
  const file = parseRunFile(await readFile(path!, "utf8"), path!);
  expect((await validateRunFile(file, { path: path! })).problems).toEqual([]);
  return file.cases[0]!;
}

// A busy machine can make any launch unstable: it is given another one.
test.each(Object.entries(causes) as [Status, Cause][])("%s", { timeout: 120_000, retry: 2 }, async (status, cause) => {
  const found = await caseOf(cause);
  expect(found).toMatchObject({ status, reason: cause.reason ? expect.stringMatching(cause.reason) : null });
});
