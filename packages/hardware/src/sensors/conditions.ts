import type { Conditions, Launch, Measured } from "@epochmark/schema";
import type { Reading, Sensor } from "./reading.ts";

/** All that a sensor saw of one launch, and when its parts were, on the same clock (ms). */
export interface Trace {
  method: string;
  busy: Sensor["busy"];
  readings: readonly Reading[];
  /** Why there are no more of them; null while all was well. */
  fault: string | null;
  /** When the engine began to use the device; null where it never did. */
  sessionMs: number | null;
  /** First and last moment of the timed window; null where there was none. */
  window: { fromMs: number; toMs: number } | null;
}

/** Polled power that is integrated needs so many readings to be worth a figure. */
const fewestPowerReadings = 60;
const fewestReadings = 4;

type DeviceMemory = Omit<Launch["memory"], "hostPeakMiB">;

/** What the readings of a launch say. Where they are too few or missing, the reason; never a guess. */
export function conditionsOf(trace: Trace): { conditions: Conditions; memory: DeviceMemory } {
  const { method, readings, window, fault } = trace;
  const inside = window ? readings.filter(({ atMs }) => atMs >= window.fromMs && atMs <= window.toMs) : [];
  const before = readings.filter(({ atMs }) => trace.sessionMs === null || atMs < trace.sessionMs);
  const missing = (what: string) => ({ known: false as const, reason: fault ?? `${method}: no ${what}` });
  return {
    conditions: {
      power: power(inside, before, trace) ?? missing("power in the window"),
      clock: clock(inside, method) ?? missing("clock in the window"),
      thermal: thermal(inside, method) ?? missing("temperature in the window"),
      others: others(trace.busy === "before" ? before : inside, readings, method) ?? missing("count of others"),
    },
    memory: memory(readings, before, method, fault),
  };
}

/** The values of one member, where it is known. */
const valuesOf = <Key extends keyof Reading>(readings: readonly Reading[], key: Key): NonNullable<Reading[Key]>[] =>
  readings.flatMap((reading) => (reading[key] === undefined ? [] : [reading[key] as NonNullable<Reading[Key]>]));

function power(
  inside: readonly Reading[],
  before: readonly Reading[],
  { method, window }: Trace,
): Conditions["power"] | null {
  if (!window) return null;
  const lengthMs = window.toMs - window.fromMs;
  const idle = valuesOf(before, "powerW");
  const idleW = idle.length === 0 ? null : mean(idle);
  const counted = inside.filter(({ energyJ }) => energyJ !== undefined);
  const [first, last] = [counted[0], counted.at(-1)];
  if (first && last && last.atMs > first.atMs && last.energyJ! >= first.energyJ!) {
    // The counter is read a little inside the window: the rest of it is taken to be like what was seen.
    const energyJ = ((last.energyJ! - first.energyJ!) * lengthMs) / (last.atMs - first.atMs);
    return { known: true, method: `energy counter of ${method}`, energyJ, samples: counted.length, idleW };
  }
  const polled = inside.filter(({ powerW }) => powerW !== undefined);
  if (polled.length < fewestPowerReadings) {
    if (polled.length === 0) return null;
    return {
      known: false,
      reason: `${polled.length} readings of power in the window, of ${fewestPowerReadings} needed`,
    };
  }
  const spanMs = polled.at(-1)!.atMs - polled[0]!.atMs;
  let joules = 0;
  for (const [i, { atMs, powerW }] of polled.entries()) {
    const next = polled[i + 1];
    if (next) joules += ((powerW! + next.powerW!) / 2) * ((next.atMs - atMs) / 1000);
  }
  const energyJ = (joules * lengthMs) / spanMs;
  return { known: true, method: `power of ${method}${every(polled)}`, energyJ, samples: polled.length, idleW };
}

function clock(inside: readonly Reading[], method: string): Conditions["clock"] | null {
  const all = valuesOf(inside, "clockMHz");
  if (all.length < fewestReadings) return null;
  const quarter = Math.ceil(all.length / 4);
  return {
    known: true,
    method: `${method}${every(inside)}`,
    medianMHz: median(all),
    firstMHz: median(all.slice(0, quarter)),
    lastMHz: median(all.slice(-quarter)),
    defaultMHz: valuesOf(inside, "defaultClockMHz")[0] ?? null,
    samples: all.length,
  };
}

function thermal(inside: readonly Reading[], method: string): Conditions["thermal"] | null {
  const all = valuesOf(inside, "temperatureC");
  if (all.length === 0) return null;
  const throttleReasons = [...new Set(valuesOf(inside, "throttleReasons").flat())];
  return {
    known: true,
    method: `${method}${every(inside)}`,
    startC: all[0]!,
    endC: all.at(-1)!,
    maxC: Math.max(...all),
    throttleReasons,
  };
}

function others(quiet: readonly Reading[], all: readonly Reading[], method: string): Conditions["others"] | null {
  const counts = valuesOf(all, "others");
  const busy = valuesOf(quiet, "busyPercent");
  if (counts.length === 0 && busy.length === 0) return null;
  // One reading at the very start may catch a process that is just leaving: the middle of them is meant.
  const processes = counts.length === 0 ? null : Math.round(median(counts));
  return { known: true, method, processes, busyPercent: busy.length === 0 ? null : mean(busy) };
}

function memory(
  readings: readonly Reading[],
  before: readonly Reading[],
  method: string,
  fault: string | null,
): DeviceMemory {
  const unknown = (what: string): Measured => ({
    value: null,
    method: null,
    reason: fault ?? `${method} tells no ${what}`,
  });
  const value = (mib: number, how: string): Measured => ({ value: mib, method: how, reason: null });
  const used = valuesOf(before, "usedMiB");
  const baseline = used.length === 0 ? null : median(used);
  const deviceBaselineMiB = baseline === null ? unknown("memory in use") : value(baseline, `memory in use, ${method}`);
  const own = valuesOf(readings, "processMiB");
  if (own.length > 0)
    return {
      devicePeakMiB: value(
        Math.max(...own),
        `memory of the process, ${method}${every(readings.filter(({ processMiB }) => processMiB !== undefined))}`,
      ),
      deviceContextMiB: value(own.find((mib) => mib > 0) ?? 0, `first memory of the process, ${method}`),
      deviceBaselineMiB,
    };
  const after = valuesOf(readings, "usedMiB");
  // Containers and some drivers do not tell whose memory it is: what came on top of the baseline is the launch's.
  const devicePeakMiB =
    baseline === null || after.length === 0
      ? unknown("memory of the process")
      : value(
          Math.max(0, Math.max(...after) - baseline),
          `memory in use less the baseline, ${method}${every(readings)}`,
        );
  return { devicePeakMiB, deviceContextMiB: unknown("memory of the process"), deviceBaselineMiB };
}

/** `, every 20 ms`: what was reached, not what was asked for. */
function every(readings: readonly Reading[]): string {
  const gaps = readings.slice(1).map(({ atMs }, i) => atMs - readings[i]!.atMs);
  return gaps.length === 0 ? "" : `, every ${Math.max(1, Math.round(median(gaps)))} ms`;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
