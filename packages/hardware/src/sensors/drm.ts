import { type Files, known, readNumber, systemFiles } from "./files.ts";
import { poll } from "./poll.ts";
import type { Pids, Reading, Sensor } from "./reading.ts";

const everyMs = 10;

/** Where drivers put the same figure: amdgpu, i915, xe. */
const clockFiles = ["gt_act_freq_mhz", "gt/gt0/rps_act_freq_mhz"];
const xeClockFile = "tile0/gt0/freq0/act_freq";

/**
 * AMD and Intel on Linux: counters of the driver in `/sys`, and the memory of each process as the kernel's graphics
 * drivers tell it in `/proc/<pid>/fdinfo` (drm-usage-stats).
 */
export const drmSensor = (pciBus: string, files: Files = systemFiles): Sensor => ({
  method: "sysfs and DRM fdinfo",
  busy: "before",
  start: (pids, take) =>
    poll(readerOf(pciBus, files), everyMs, "the driver tells nothing in /sys or fdinfo", pids, take),
});

export function readerOf(pciBus: string, files: Files): (pids: Pids) => Promise<Reading | null> {
  const folder = `/sys/bus/pci/devices/${pciBus}`;
  let places: Promise<Places> | null = null;
  return async (pids) => {
    const { hwmon, card } = await (places ??= find(folder, files));
    const number = (path: string | null, factor?: number) =>
      path === null ? Promise.resolve(undefined) : readNumber(files, path, factor);
    const first = async (paths: (string | null)[], factor?: number): Promise<number | undefined> => {
      for (const path of paths) {
        const value = await number(path, factor);
        if (value !== undefined) return value;
      }
      return undefined;
    };
    const sensor = (name: string): string | null => hwmon && `${hwmon}/${name}`;
    const [usedMiB, busyPercent, powerW, energyJ, temperatureC, hertz, megahertz, processMiB] = await Promise.all([
      number(`${folder}/mem_info_vram_used`, 1 / 2 ** 20),
      number(`${folder}/gpu_busy_percent`),
      first([sensor("power1_average"), sensor("power1_input")], 1e-6),
      number(sensor("energy1_input"), 1e-6),
      first([sensor("temp1_input"), sensor("temp2_input")], 1e-3),
      number(sensor("freq1_input"), 1e-6),
      first([...clockFiles.map((name) => card && `${card}/${name}`), `${folder}/${xeClockFile}`]),
      processMemory(pids(), pciBus, files),
    ]);
    const clockMHz = hertz ?? megahertz;
    const found = known<Omit<Reading, "atMs">>({
      usedMiB,
      busyPercent,
      powerW,
      energyJ,
      temperatureC,
      clockMHz,
      processMiB,
    });
    return Object.keys(found).length === 0 ? null : { atMs: performance.now(), ...found };
  };
}

interface Places {
  hwmon: string | null;
  card: string | null;
}

async function find(folder: string, files: Files): Promise<Places> {
  const [monitors, cards] = await Promise.all([files.list(`${folder}/hwmon`), files.list(`${folder}/drm`)]);
  const card = cards.find((name) => /^card\d+$/.test(name));
  return { hwmon: monitors[0] ? `${folder}/hwmon/${monitors[0]}` : null, card: card ? `${folder}/drm/${card}` : null };
}

/** Memory of processes on one device in MiB, in its own memory and where it spilled to; undefined where nothing tells. */
async function processMemory(pids: readonly number[], pciBus: string, files: Files): Promise<number | undefined> {
  const clients = new Map<string, number>();
  for (const pid of pids)
    for (const fd of await files.list(`/proc/${pid}/fdinfo`)) {
      const text = await files.read(`/proc/${pid}/fdinfo/${fd}`);
      const client = text === null ? null : clientMemory(text, pciBus);
      // A client that several descriptors share is listed with each of them.
      if (client) clients.set(client.id, client.mib);
    }
  return clients.size === 0 ? undefined : [...clients.values()].reduce((sum, mib) => sum + mib, 0);
}

const units: Record<string, number> = { "": 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 1024 };

/** One client in the text of its descriptor; `drm-total-` counts what is allocated, older kernels say `drm-memory-`. */
function clientMemory(text: string, pciBus: string): { id: string; mib: number } | null {
  if (/^drm-pdev:\s*(\S+)/m.exec(text)?.[1] !== pciBus) return null;
  const id = /^drm-client-id:\s*(\S+)/m.exec(text)?.[1];
  if (id === undefined) return null;
  const sumOf = (prefix: string): number | null => {
    // `cpu` is what a client maps of the host's own memory.
    const lines = [...text.matchAll(new RegExp(`^drm-${prefix}-(?!cpu)[a-z]+\\d*:\\s*(\\d+) ?(KiB|MiB|GiB)?$`, "gm"))];
    return lines.length === 0 ? null : lines.reduce((sum, [, n, unit]) => sum + Number(n) * units[unit ?? ""]!, 0);
  };
  return { id, mib: sumOf("total") ?? sumOf("memory") ?? 0 };
}
