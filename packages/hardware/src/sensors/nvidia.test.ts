import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionsOf } from "./conditions.ts";
import { nvidiaSensor, parseDeviceLine, ProcessLines } from "./nvidia.ts";
import type { Reading } from "./reading.ts";
import { watch } from "./watch.ts";

describe("a line of the device query", () => {
  test("of a card under load", () => {
    expect(parseDeviceLine("7311, 248.91, 1815, [N/A], 71, 0x0000000000000004, 99", 5)).toEqual({
      atMs: 5,
      usedMiB: 7311,
      powerW: 248.91,
      clockMHz: 1815,
      temperatureC: 71,
      busyPercent: 99,
      throttleReasons: ["software power cap"],
    });
  });

  test("of an idle one: idling is no reason to throttle, and 0 % is a figure", () => {
    const reading = parseDeviceLine("3, 9.10, 300, 1329, 38, 0x0000000000000001, 0", 5);
    expect(reading).toMatchObject({ defaultClockMHz: 1329, busyPercent: 0, throttleReasons: [] });
  });

  test("of a card that tells little", () => {
    const line = "512, [Not Supported], [Not Supported], [Not Supported], 60, [Not Supported], [Not Supported]";
    expect(parseDeviceLine(line, 5)).toEqual({ atMs: 5, usedMiB: 512, temperatureC: 60 });
  });

  test.each(["", "NVIDIA-SMI has failed because it couldn't communicate", "a,b,c,d,e,f,g", "1,2,3", "\u0000\u0001"])(
    "%j is none",
    (line) => expect(parseDeviceLine(line, 5)).toBeNull(),
  );
});

test("lines of one asking make one reading: memory of ours, others counted once", () => {
  const readings: Reading[] = [];
  const lines = new ProcessLines(
    () => [100, 101],
    (reading) => readings.push(reading),
  );
  const asked = (time: string, rows: string[]) => rows.forEach((row) => lines.line(`${time}, ${row}`, 7));
  asked("2026/09/01 10:00:00.010", ["100, 900", "101, 24", "4711, 3000", "4711, 200", "4712, [N/A]"]);
  asked("2026/09/01 10:00:00.020", ["100, [N/A]"]);
  asked("2026/09/01 10:00:00.030", ["garbage"]);
  asked("2026/09/01 10:00:00.040", ["100, 950"]);
  asked("2026/09/01 10:00:00.050", ["100, 950"]);
  expect(readings).toEqual([
    { atMs: 7, processMiB: 924, others: 2 },
    { atMs: 7, others: 0 },
    { atMs: 7, processMiB: 950, others: 0 },
  ]);
});

/** Stands for the vendor's tool: answers both questions in a loop, or fails as the tool does. */
const tool = `#!/bin/sh
case "$FAULT" in
  hang) sleep 600 ;;
  silent-flood) while :; do printf 'xxxxxxxxxxxxxxxx'; done ;;
  garbage) while :; do printf '\\001\\377{"a": [1, 2\\n'; sleep 0.02; done ;;
  refused) echo "Insufficient Permissions"; exit 4 ;;
  driver) echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."; exit 9 ;;
esac
n=0
while :; do
  n=$((n + 1))
  case "$*" in
    *query-compute-apps*)
      echo "t$n, $FOLLOW, 1500"
      [ "$FAULT" = shared ] && echo "t$n, 4711, 3000"
      sleep 0.01 ;;
    *)
      clock=1800; reason=0x0000000000000000
      [ "$FAULT" = throttling ] && [ $n -gt 30 ] && clock=1300 && reason=0x0000000000000040
      used=1700; [ "$FAULT" = spilling ] && used=9000
      echo "$used, 120.00, $clock, 1500, 70, $reason, 0"
      sleep 0.02 ;;
  esac
done
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nvidia-"));
  await writeFile(join(folder, "nvidia-smi"), tool);
  await chmod(join(folder, "nvidia-smi"), 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

const here = 424_242;

async function watched(fault: string, path = `${folder}:${process.env.PATH}`) {
  const sensor = nvidiaSensor("00000000:01:00.0", { PATH: path, FAULT: fault, FOLLOW: String(here) } as never);
  const before = performance.now();
  const eyes = watch(sensor);
  eyes.follow(here);
  const started = performance.now() - before;
  await delay(500);
  eyes.mark("session");
  eyes.mark("window-start");
  await delay(1500);
  eyes.mark("window-end");
  const end = performance.now();
  const seen = eyes.end();
  // Neither the start nor the end of a watch waits for the tool.
  expect(started + performance.now() - end).toBeLessThan(1000);
  return seen;
}

describe.skipIf(process.platform === "win32")("the tool itself, with faults injected", () => {
  test("none: clock, temperature, others and memory are known", async () => {
    const { conditions, memory } = await watched("none");
    expect(conditions.clock).toMatchObject({
      known: true,
      medianMHz: 1800,
      firstMHz: 1800,
      lastMHz: 1800,
      defaultMHz: 1500,
    });
    expect(conditions.thermal).toMatchObject({ known: true, maxC: 70, throttleReasons: [] });
    expect(conditions.others).toMatchObject({ known: true, processes: 0, busyPercent: 0 });
    expect(memory.devicePeakMiB).toMatchObject({
      value: 1500,
      method: expect.stringMatching(/^memory of the process, nvidia-smi, every \d+ ms$/),
    });
    expect(memory.deviceBaselineMiB.value).toBe(1700);
  });

  test("throttling", async () => {
    const { conditions } = await watched("throttling");
    expect(conditions.clock).toMatchObject({ known: true, lastMHz: 1300 });
    expect(conditions.thermal).toMatchObject({ throttleReasons: ["hardware thermal slowdown"] });
  });

  test("shared", async () => {
    expect((await watched("shared")).conditions.others).toMatchObject({ known: true, processes: 1 });
  });

  test("spilling", async () => {
    const { memory } = await watched("spilling");
    expect(memory.deviceBaselineMiB.value).toBe(9000);
  });

  test.each([
    ["hang", "nvidia-smi told nothing that is understood"],
    ["garbage", /^nvidia-smi told nothing that is understood$/],
    ["silent-flood", "nvidia-smi printed what is no line"],
    ["refused", "nvidia-smi ended with exit code 4"],
    ["driver", "nvidia-smi ended with exit code 9"],
  ])("%s: nothing is known, and why", async (fault, reason) => {
    const { conditions, memory } = await watched(fault);
    expect(conditions.power).toEqual({ known: false, reason: expect.stringMatching(reason) });
    expect(memory.devicePeakMiB).toEqual({ value: null, method: null, reason: expect.stringMatching(reason) });
  });

  test("missing", async () => {
    const { conditions } = await watched("none", "/nowhere");
    expect(conditions.clock).toEqual({ known: false, reason: "nvidia-smi was not found" });
  });

  test("not to be run", async () => {
    const locked = await mkdtemp(join(tmpdir(), "locked-"));
    await writeFile(join(locked, "nvidia-smi"), tool, { mode: 0o644 });
    const { conditions } = await watched("none", locked);
    expect(conditions.clock).toEqual({ known: false, reason: "nvidia-smi may not be run" });
    await rm(locked, { recursive: true });
  });
});

test("a sensor that throws when it is started is a reason, no error", () => {
  const broken = {
    method: "broken",
    busy: "before" as const,
    start: () => {
      throw new Error("no handle");
    },
  };
  expect(watch(broken).end().conditions.power).toEqual({
    known: false,
    reason: "broken could not be started: no handle",
  });
});

test("power is integrated over the window, with idle power apart; too few readings are none", () => {
  const readings = Array.from({ length: 200 }, (_, i) => ({ atMs: 50 * i, powerW: i < 40 ? 20 : 200 }));
  const trace = {
    method: "tool",
    busy: "before" as const,
    readings,
    fault: null,
    sessionMs: 2000,
    window: { fromMs: 2500, toMs: 9500 },
  };
  expect(conditionsOf(trace).conditions.power).toEqual({
    known: true,
    method: "power of tool, every 50 ms",
    energyJ: expect.closeTo(1400, 6),
    samples: 141,
    idleW: 20,
  });
  expect(conditionsOf({ ...trace, window: { fromMs: 2500, toMs: 4500 } }).conditions.power).toEqual({
    known: false,
    reason: "41 readings of power in the window, of 60 needed",
  });
});
