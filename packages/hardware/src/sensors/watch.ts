import type { GpuIdentity } from "@epochmark/schema";
import { type Trace, conditionsOf } from "./conditions.ts";
import { cpuSensor } from "./cpu.ts";
import { drmSensor } from "./drm.ts";
import { systemFiles } from "./files.ts";
import { nvidiaSensor } from "./nvidia.ts";
import type { Reading, Sensor } from "./reading.ts";

/** More readings than this are no longer kept: 10 ms apart they last half an hour. */
const mostReadings = 200_000;

/** The moments of a launch that readings are held against. */
type Mark = "session" | "window-start" | "window-end";

/** One launch under watch. Nothing here waits for a sensor or throws. */
export interface Watch {
  /** The process that is measured, once it runs. */
  follow(pid: number): void;
  mark(what: Mark): void;
  /** Ends the watch. @returns what the sensor saw, or why it saw nothing */
  end(): ReturnType<typeof conditionsOf>;
}

/** The sensor for a device on this machine, or the reason why there is none. */
export function sensorFor(
  { vendor, kind, pciBus }: GpuIdentity,
  threads: number,
  platform: string = process.platform,
): Sensor | string {
  if (kind === "cpu") return platform === "linux" ? cpuSensor(threads) : `no sensor for processors on ${platform}`;
  if (kind === "software") return "a software GPU is the processor";
  if (vendor === "apple") return "memory is the host's, and power and clocks are told to the administrator only";
  if (vendor === "nvidia") return nvidiaSensor(pciBus);
  if (platform !== "linux") return `no sensor for ${vendor} on ${platform}`;
  return pciBus === null ? "the device's place on the PCI bus is not known" : drmSensor(normalBus(pciBus));
}

/** `nvidia-smi` writes the domain with eight digits, the kernel with four. */
const normalBus = (bus: string): string => bus.toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, "");

export function watch(sensor: Sensor | string): Watch {
  if (typeof sensor === "string") return blind(sensor);
  const readings: Reading[] = [];
  const pids: number[] = [];
  const marks: Partial<Record<Mark, number>> = {};
  const running = start(sensor, pids, (reading) => {
    if (readings.length < mostReadings) readings.push(reading);
  });
  if (typeof running === "string") return blind(running);
  return {
    follow(pid) {
      pids.splice(0, pids.length, pid);
      void addDescendants(pid, pids);
    },
    mark(what) {
      marks[what] = performance.now();
      // Engines start helpers, if any, while they are loaded.
      if (what === "window-start" && pids[0] !== undefined) void addDescendants(pids[0], pids);
    },
    end() {
      running.stop();
      const { "window-start": fromMs, "window-end": toMs } = marks;
      return conditionsOf({
        method: sensor.method,
        busy: sensor.busy,
        readings,
        fault: readings.length === 0 ? (running.fault() ?? `${sensor.method} told nothing`) : null,
        sessionMs: marks.session ?? null,
        window: fromMs === undefined || toMs === undefined ? null : { fromMs, toMs },
      });
    },
  };
}

function start(sensor: Sensor, pids: readonly number[], take: (reading: Reading) => void) {
  try {
    return sensor.start(() => pids, take);
  } catch (error) {
    return `${sensor.method} could not be started: ${(error as Error).message.split("\n")[0]}`;
  }
}

const blind = (fault: string): Watch => ({
  follow() {},
  mark() {},
  end: () =>
    conditionsOf({
      method: "no sensor",
      busy: "before",
      readings: [],
      fault,
      sessionMs: null,
      window: null,
    } satisfies Trace),
});

/** Adds the processes below one, where Linux lists them. */
async function addDescendants(pid: number, pids: number[]): Promise<void> {
  for (const task of await systemFiles.list(`/proc/${pid}/task`)) {
    const children = (await systemFiles.read(`/proc/${pid}/task/${task}/children`))?.split(/\s+/) ?? [];
    for (const child of children.map(Number).filter((each) => each > 0 && !pids.includes(each))) {
      pids.push(child);
      await addDescendants(child, pids);
    }
  }
}
