import type { GpuIdentity, Launch, Mode, Status } from "@epochmark/schema";
import { relativeHalfWidth } from "./statistics.ts";
import { summarize } from "./summary.ts";

/** Half-width of the published interval beyond which a ranked case is not settled. */
const widest = 0.1;
/** Share by which the sum of samples may differ from the wall time of their window. */
const clockTolerance = 0.02;
/** Beyond this the wall clock was set, or the machine slept, while a launch ran (ms). */
const longestJumpMs = 1000;
/** Of the default clock: below it the device was held back all along. */
const slowestClock = 0.75;
/** Share that the clock may lose between the first and the last quarter of a window. */
const largestClockFall = 0.05;
/** How busy others may keep a device before its figures are theirs too (%). */
const busiest = { cpu: 10, gpu: 5 };
/** Tools round; this much more than the device's memory is no proof yet. */
const memoryTolerance = 1.01;

/** Launches of a ranked case that a published interval needs. */
export const rankedLaunches = 5;

export interface Verdict {
  status: Extract<Status, "ok" | "spilled" | "shared" | "throttled" | "unstable">;
  /** One line; null for `ok`. */
  reason: string | null;
}

type Device = Pick<GpuIdentity, "kind" | "memoryMiB">;

/**
 * What launches that all ended well say of themselves; of several faults the gravest:
 * - `spilled`: more memory was allocated than the device has, so the rest lay elsewhere;
 * - `shared`: other processes computed on the device, or kept it busy;
 * - `throttled`: the clock was under 75 % of its default, or fell by more than 5 % within a window;
 * - `unstable`: see `unstableReason`.
 */
export const verdictOf = (launches: readonly Launch[], mode: Mode, device: Device): Verdict => {
  for (const [status, fault] of faults)
    for (const launch of launches) {
      const reason = fault(launch, device);
      if (reason !== null) return { status, reason: `launch ${launch.index}: ${reason}` };
    }
  const reason = unstableReason(launches, mode);
  return reason === null ? { status: "ok", reason } : { status: "unstable", reason };
};

type Fault = (launch: Launch, device: Device) => string | null;

const spilled: Fault = ({ memory }, { kind, memoryMiB }) => {
  const used = memory.devicePeakMiB.value;
  if (kind !== "discrete" || memoryMiB === null || used === null) return null;
  const all = used + (memory.deviceBaselineMiB.value ?? 0);
  if (all <= memoryTolerance * memoryMiB) return null;
  return `${mib(all)} were allocated on a device of ${mib(memoryMiB)}: a part lay in the host's memory`;
};

const shared: Fault = ({ conditions: { others } }, { kind }) => {
  if (!others.known) return null;
  const { processes, busyPercent } = others;
  if (processes !== null && processes > 0)
    return `${processes} other ${processes === 1 ? "process" : "processes"} computed on the device`;
  if (busyPercent !== null && busyPercent > busiest[kind === "cpu" ? "cpu" : "gpu"])
    return `others kept the device ${busyPercent.toFixed(0)} % busy`;
  return null;
};

const throttled: Fault = ({ conditions: { clock, thermal } }) => {
  if (!clock.known) return null;
  const { medianMHz, firstMHz, lastMHz, defaultMHz } = clock;
  const why = thermal.known && thermal.throttleReasons.length > 0 ? ` (${thermal.throttleReasons.join(", ")})` : "";
  if (defaultMHz !== null && medianMHz < slowestClock * defaultMHz)
    return `the clock was ${medianMHz.toFixed(0)} MHz, under 75 % of ${defaultMHz.toFixed(0)} MHz${why}`;
  if (lastMHz < (1 - largestClockFall) * firstMHz)
    return `the clock fell from ${firstMHz.toFixed(0)} to ${lastMHz.toFixed(0)} MHz within the window${why}`;
  return null;
};

const faults: readonly (readonly [Exclude<Verdict["status"], "ok" | "unstable">, Fault])[] = [
  ["spilled", spilled],
  ["shared", shared],
  ["throttled", throttled],
];

/**
 * Why launches that all ended well are still `unstable`, in one line; `null` when they are steady:
 * the warm-up had not settled when its budget ended, the clock was set or the machine slept, the samples do not add
 * up to the wall time of their window within 2 %, or (mode `ranked`) the published interval is wider than ± 10 %.
 */
const unstableReason = (launches: readonly Launch[], mode: Mode): string | null => {
  const restless = launches.filter(({ warmup }) => !warmup.settled).length;
  if (restless > 0)
    return `the warm-up had not settled when its budget ended (${restless} of ${launches.length} launches)`;
  const jumped = launches.find(({ clockJumpMs }) => Math.abs(clockJumpMs ?? 0) > longestJumpMs);
  if (jumped) {
    const seconds = (jumped.clockJumpMs! / 1000).toFixed(0);
    return `launch ${jumped.index}: the clock moved by ${seconds} s against itself: it was set, or the machine slept`;
  }
  const adrift = launches.find((launch) => clockError(launch) > clockTolerance);
  if (adrift) {
    const error = percent(clockError(adrift));
    return `launch ${adrift.index}: wall time and sum of samples differ by ${error}, more than ${percent(clockTolerance)}`;
  }
  const summary = mode === "ranked" ? summarize(launches, 1) : null;
  if (!summary) return null;
  const width = Math.max(relativeHalfWidth(summary.stepMs) ?? 0, relativeHalfWidth(summary.imagesPerSecond) ?? 0);
  return width > widest ? `the 95 % interval is ± ${percent(width)}, more than ± ${percent(widest)}` : null;
};

const clockError = ({ samplesMs, wallMs }: Launch): number =>
  samplesMs.length === 0 ? 0 : Math.abs(samplesMs.reduce((sum, sample) => sum + sample, 0) / wallMs - 1);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const mib = (value: number): string => `${value.toFixed(0)} MiB`;
