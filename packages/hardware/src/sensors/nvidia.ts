import { knownNumber } from "../text.ts";
import type { Pids, Reading, Sensor } from "./reading.ts";
import { streamTool } from "./stream-tool.ts";

/** Names that every driver since 2016 knows: one that it does not know would make the tool refuse all. */
const deviceFields = [
  "memory.used",
  "power.draw",
  "clocks.sm",
  "clocks.default_applications.graphics",
  "temperature.gpu",
  "clocks_throttle_reasons.active",
  "utilization.gpu",
];
const format = "--format=csv,noheader,nounits";
const deviceEveryMs = 40;
const processesEveryMs = 10;

/** Bits of `clocks_throttle_reasons.active` (NVML, nvmlClocksThrottleReasons); idling, and clocks set by a person, hold nothing back. */
const throttleBits: readonly (readonly [bit: bigint, reason: string])[] = [
  [0x4n, "software power cap"],
  [0x8n, "hardware slowdown"],
  [0x10n, "sync boost"],
  [0x20n, "software thermal slowdown"],
  [0x40n, "hardware thermal slowdown"],
  [0x80n, "hardware power brake"],
];

/** One line of the device query; null where it is none. What the driver does not support is left out. */
export function parseDeviceLine(line: string, atMs: number): Reading | null {
  const fields = line.split(",").map((field) => field.trim());
  if (fields.length !== deviceFields.length) return null;
  const [used, power, clock, defaultClock, temperature, throttle, busy] = fields;
  const numbers = {
    // A card that keeps no screen and no context has none in use.
    usedMiB: zeroOr(used),
    powerW: knownNumber(power),
    clockMHz: knownNumber(clock),
    defaultClockMHz: knownNumber(defaultClock),
    temperatureC: knownNumber(temperature),
    busyPercent: zeroOr(busy),
  };
  const known = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== null));
  if (Object.keys(known).length === 0) return null;
  const reasons = throttleReasons(throttle ?? "");
  return { atMs, ...known, ...(reasons && { throttleReasons: reasons }) };
}

const zeroOr = (field: string | undefined): number | null => (field === "0" ? 0 : knownNumber(field));

function throttleReasons(mask: string): string[] | null {
  if (!/^0x[0-9a-f]{1,16}$/i.test(mask)) return null;
  const bits = BigInt(mask);
  return throttleBits.filter(([bit]) => (bits & bit) !== 0n).map(([, reason]) => reason);
}

/** Collects the lines of one asking (they bear one time) of the process query into readings. */
export class ProcessLines {
  readonly #pids: Pids;
  readonly #take: (reading: Reading) => void;
  #time = "";
  #own: number | null = null;
  #others = new Set<string>();

  constructor(pids: Pids, take: (reading: Reading) => void) {
    this.#pids = pids;
    this.#take = take;
  }

  line(line: string, atMs: number): void {
    const [time, pid, memory, ...more] = line.split(",").map((field) => field.trim());
    if (!time || !pid || !/^\d+$/.test(pid) || memory === undefined || more.length > 0) return;
    if (time !== this.#time) this.#finish(atMs, time);
    if (this.#pids().includes(Number(pid))) {
      const mib = knownNumber(memory);
      if (mib !== null) this.#own = (this.#own ?? 0) + mib;
    } else this.#others.add(pid);
  }

  #finish(atMs: number, next: string): void {
    if (this.#time !== "")
      this.#take({ atMs, others: this.#others.size, ...(this.#own !== null && { processMiB: this.#own }) });
    this.#time = next;
    this.#own = null;
    this.#others = new Set();
  }
}

/** NVIDIA's own tool, in its looping mode: two questions, about the device and about the processes on it. */
export const nvidiaSensor = (pciBus: string | null, env = process.env): Sensor => ({
  method: "nvidia-smi",
  busy: "before",
  start(pids, take) {
    const id = pciBus === null ? [] : [`--id=${pciBus}`];
    const processes = new ProcessLines(pids, take);
    const device = streamTool(
      "nvidia-smi",
      [...id, `--query-gpu=${deviceFields.join(",")}`, format, `--loop-ms=${deviceEveryMs}`],
      (line) => {
        const reading = parseDeviceLine(line, performance.now());
        if (reading) take(reading);
      },
      env,
    );
    const apps = streamTool(
      "nvidia-smi",
      [...id, "--query-compute-apps=timestamp,pid,used_gpu_memory", format, `--loop-ms=${processesEveryMs}`],
      (line) => processes.line(line, performance.now()),
      env,
    );
    return {
      stop() {
        device.stop();
        apps.stop();
      },
      fault: () => device.fault(),
    };
  },
});
