import { expect, test } from "vitest";
import type { Conditions, GpuIdentity, Mode } from "@epochmark/schema";
import { verdictOf } from "./verdict.ts";
import { exampleLaunch } from "./testing.ts";

const gpu = { kind: "discrete", memoryMiB: 8192 } as const;
const cpu = { kind: "cpu", memoryMiB: 8192 } as const;
const unstableReason = (of: typeof launches, mode: Mode): string | null => {
  const { status, reason } = verdictOf(of, mode, cpu);
  expect(status).toBe(reason === null ? "ok" : "unstable");
  return reason;
};

const launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index));
const restless = { ...exampleLaunch(1), warmup: { steps: 3, ms: 60_000, settled: false } };

test("steady launches are steady", () => {
  expect(unstableReason(launches, "ranked")).toBeNull();
  expect(unstableReason(launches.slice(0, 1), "fast")).toBeNull();
});

test("a warm-up that never settled", () => {
  const expected = "the warm-up had not settled when its budget ended (1 of 5 launches)";
  expect(unstableReason(launches.with(1, restless), "ranked")).toBe(expected);
  expect(unstableReason([restless], "fast")).toMatch(/warm-up/);
});

test.each([0.97, 1.03])("samples that are not the window: wall time × %d", (factor) => {
  const sum = launches[2]!.samplesMs.reduce((total, sample) => total + sample, 0);
  const adrift = launches.with(2, { ...launches[2]!, wallMs: sum * factor });
  expect(unstableReason(adrift, "ranked")).toMatch(/^launch 2: wall time and sum of samples differ by [23]\.\d %/);
});

test("an interval wider than ± 10 % in mode ranked; other modes publish none", () => {
  const spread = [80, 120, 100, 90, 115].map((stepMs, index) => exampleLaunch(index, stepMs));
  expect(unstableReason(spread, "ranked")).toMatch(/^the 95 % interval is ± [12]\d\.\d %, more than ± 10\.0 %$/);
  expect(unstableReason(spread, "fast")).toBeNull();
});

test.each([-90_000, 5000])("a clock that moved by %i ms: set by hand, or the machine slept", (clockJumpMs) => {
  const jumped = launches.with(1, { ...launches[1]!, clockJumpMs });
  expect(unstableReason(jumped, "ranked")).toMatch(/^launch 1: the clock moved by (-90|5) s against itself/);
});

/** The status of launches, the last of which saw these conditions and this much memory. */
const verdict = (
  changes: Partial<Conditions>,
  device: Pick<GpuIdentity, "kind" | "memoryMiB"> = gpu,
  memoryMiB: [peak: number | null, baseline: number | null] = [null, null],
): string => {
  const last = launches[4]!;
  const [devicePeakMiB, deviceBaselineMiB] = memoryMiB.map((value) => ({ value, method: "tool", reason: null }));
  const changed = {
    ...last,
    conditions: { ...last.conditions, ...changes },
    memory: { ...last.memory, devicePeakMiB: devicePeakMiB!, deviceBaselineMiB: deviceBaselineMiB! },
  };
  const { status, reason } = verdictOf(launches.with(4, changed), "ranked", device);
  return reason === null ? status : `${status}: ${reason}`;
};

const clock = (medianMHz: number, firstMHz: number, lastMHz: number, defaultMHz: number | null = 1700) =>
  ({ known: true, method: "tool", medianMHz, firstMHz, lastMHz, defaultMHz, samples: 90 }) as const;
const others = (processes: number | null, busyPercent: number | null) =>
  ({ known: true, method: "tool", processes, busyPercent }) as const;

test("a clock far under its default, or one that falls, is throttled; the tool's reasons are told", () => {
  expect(verdict({ clock: clock(1680, 1700, 1650) })).toBe("ok");
  expect(verdict({ clock: clock(1274, 1280, 1270) })).toBe(
    "throttled: launch 4: the clock was 1274 MHz, under 75 % of 1700 MHz",
  );
  expect(verdict({ clock: clock(1274, 1280, 1270, null) })).toBe("ok");
  const thermal = { known: true as const, method: "tool", startC: 60, endC: 84, maxC: 84, throttleReasons: ["heat"] };
  expect(verdict({ clock: clock(1650, 1700, 1600), thermal })).toBe(
    "throttled: launch 4: the clock fell from 1700 to 1600 MHz within the window (heat)",
  );
});

test("others on the device make it shared, before anything their load may have caused", () => {
  expect(verdict({ others: others(0, 3) })).toBe("ok");
  expect(verdict({ others: others(1, null), clock: clock(900, 1700, 900) })).toBe(
    "shared: launch 4: 1 other process computed on the device",
  );
  expect(verdict({ others: others(null, 8) })).toBe("shared: launch 4: others kept the device 8 % busy");
  expect(verdict({ others: others(null, 8) }, cpu)).toBe("ok");
  expect(verdict({ others: others(null, 12) }, cpu)).toBe("shared: launch 4: others kept the device 12 % busy");
});

test("more memory than a discrete device has is spilled; what shares the host's memory cannot spill", () => {
  expect(verdict({}, gpu, [7900, 250])).toBe("ok");
  expect(verdict({ others: others(3, 90) }, gpu, [8000, 400])).toBe(
    "spilled: launch 4: 8400 MiB were allocated on a device of 8192 MiB: a part lay in the host's memory",
  );
  expect(verdict({}, { kind: "integrated", memoryMiB: 512 }, [900, 0])).toBe("ok");
  expect(verdict({}, { kind: "discrete", memoryMiB: null }, [90_000, 0])).toBe("ok");
});
