import { type Files, known, readNumber, systemFiles } from "./files.ts";
import { poll } from "./poll.ts";
import type { Pids, Reading, Sensor } from "./reading.ts";

/** Often enough for medians, seldom enough to take nothing from the cores that are measured. */
const everyMs = 250;
/** Clock ticks a second in `/proc` (USER_HZ): 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** The processor on Linux: RAPL's energy counters, clocks, temperature, and what others take of the cores. */
export const cpuSensor = (threads: number, files: Files = systemFiles): Sensor => ({
  method: "/proc and /sys",
  busy: "beside",
  start: (pids, take) => poll(readerOf(threads, files), everyMs, "the system tells nothing in /proc", pids, take),
});

export function readerOf(threads: number, files: Files): (pids: Pids) => Promise<Reading | null> {
  const energy = energyCounter(files);
  let last: Load | null = null;
  return async (pids) => {
    const [energyJ, clock, temperatureC, load] = await Promise.all([
      energy(),
      clocks(files),
      temperature(files),
      loadOf(pids(), files),
    ]);
    const busyPercent = load && last ? takenByOthers(last, load, threads) : undefined;
    last = load;
    const found = known<Omit<Reading, "atMs">>({ energyJ, ...clock, temperatureC, busyPercent });
    return Object.keys(found).length === 0 ? null : { atMs: performance.now(), ...found };
  };
}

/** Sum of all packages, in J, growing on over the counters' wrap; undefined where they may not be read, as is usual without root. */
function energyCounter(files: Files): () => Promise<number | undefined> {
  const last = new Map<string, { value: number; base: number }>();
  return async () => {
    const packages = (await files.list("/sys/class/powercap")).filter((name) => /^intel-rapl:\d+$/.test(name));
    const values = await Promise.all(
      packages.map(async (name) => {
        const folder = `/sys/class/powercap/${name}`;
        const value = await readNumber(files, `${folder}/energy_uj`);
        if (value === undefined) return undefined;
        const before = last.get(name);
        const range = (await readNumber(files, `${folder}/max_energy_range_uj`)) ?? 0;
        const base = before ? before.base + (value < before.value ? range : 0) : 0;
        last.set(name, { value, base });
        return (base + value) / 1e6;
      }),
    );
    const all = values.filter((value) => value !== undefined);
    return all.length === 0 ? undefined : all.reduce((sum, value) => sum + value, 0);
  };
}

/** Mean clock of all cores, and the base clock where the driver names one. */
async function clocks(files: Files): Promise<{ clockMHz?: number; defaultClockMHz?: number }> {
  const root = "/sys/devices/system/cpu";
  const cores = (await files.list(root)).filter((name) => /^cpu\d+$/.test(name));
  const now = await Promise.all(
    cores.map((core) => readNumber(files, `${root}/${core}/cpufreq/scaling_cur_freq`, 1e-3)),
  );
  const all = now.filter((value) => value !== undefined);
  if (all.length > 0) {
    const defaultClockMHz = await readNumber(files, `${root}/cpu0/cpufreq/base_frequency`, 1e-3);
    return known({ clockMHz: mean(all), defaultClockMHz });
  }
  const info = await files.read("/proc/cpuinfo");
  const listed = [...(info ?? "").matchAll(/^cpu MHz\s*:\s*(\d+(?:\.\d+)?)$/gm)].map(([, value]) => Number(value));
  // Virtual machines print one number that never changes: it is what the host claims, no clock that anybody measured.
  return /^flags\s*:.*\bhypervisor\b/m.test(info ?? "") || listed.length === 0 ? {} : { clockMHz: mean(listed) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function temperature(files: Files): Promise<number | undefined> {
  for (const zone of await files.list("/sys/class/thermal")) {
    const folder = `/sys/class/thermal/${zone}`;
    if (/x86_pkg_temp|cpu/i.test((await files.read(`${folder}/type`)) ?? ""))
      return readNumber(files, `${folder}/temp`, 1e-3);
  }
  for (const monitor of await files.list("/sys/class/hwmon")) {
    const folder = `/sys/class/hwmon/${monitor}`;
    if (/^(?:coretemp|k10temp|zenpower)$/.test((await files.read(`${folder}/name`)) ?? ""))
      return readNumber(files, `${folder}/temp1_input`, 1e-3);
  }
  return undefined;
}

/** Ticks that all cores were busy, stolen ones included, those of the watched processes, and those that passed. */
interface Load {
  busy: number;
  own: number;
  passed: number;
  cores: number;
}

async function loadOf(pids: readonly number[], files: Files): Promise<Load | null> {
  const [stat, ...own] = await Promise.all([
    files.read("/proc/stat"),
    ...pids.map((pid) => files.read(`/proc/${pid}/stat`)),
  ]);
  const fields = /^cpu\s+([\d ]+)$/m
    .exec(stat ?? "")?.[1]
    ?.trim()
    .split(/\s+/)
    .map(Number);
  const cores = [...(stat ?? "").matchAll(/^cpu\d+ /gm)].length;
  if (!fields || fields.length < 4 || cores === 0 || pids.length === 0) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = fields;
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, own: own.reduce((sum, text) => sum + ownTicks(text), 0), passed: busy + idle + wait, cores };
}

/** utime and stime: the 14th and 15th field, counted after the name, which may hold spaces and brackets. */
function ownTicks(stat: string | null): number {
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  return (Number(fields[11]) || 0) + (Number(fields[12]) || 0);
}

/**
 * What others took of the threads that the case may use, in %: of their load only that counts which the other cores
 * had no room for.
 */
function takenByOthers(before: Load, after: Load, threads: number): number | undefined {
  const passed = (after.passed - before.passed) / after.cores;
  if (passed <= 0 || passed > 3600 * ticksPerSecond) return undefined;
  const others = Math.max(0, after.busy - before.busy - Math.max(0, after.own - before.own)) / passed;
  const used = Math.min(threads, after.cores);
  return Math.min(100, (100 * Math.max(0, others - (after.cores - used))) / used);
}
