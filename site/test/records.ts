import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runFilePath } from "@epochmark/records";
import { exampleCase, exampleLaunch, exampleRunFile } from "@epochmark/records/testing";
import type { Case, Launch, RunFile } from "@epochmark/schema";

const script = "document.title='owned'";
/** What a hostile record would write where the schema takes any line. */
export const hostileReason = `=HYPERLINK("javascript:${script}") <img src=x onerror="${script}"><script>${script}</script>`;
/** The schema refuses markup in names; what it takes must still show as text, quotes and entities included. */
export const hostileName = `GPU" onmouseover="${script}" x="&lt;script&gt;${script}&lt;/script&gt; \u05d2\u05e3 \u0627\u0644${"W".repeat(60)}`;

/** The same as the schema takes it for a short name: a version, a driver, a tool. */
const shortName = `x" onclick="${script}" &lt;b&gt;`;
const unknown = { known: false as const, reason: hostileReason };

/** What sensors told on a machine that has them. */
const watched = (launch: Launch): Launch => ({
  ...launch,
  conditions: {
    power: {
      known: true,
      method: "power of nvidia-smi",
      energyJ: (launch.wallMs / 1000) * 210,
      samples: 40,
      idleW: 25,
    },
    clock: {
      known: true,
      method: "nvidia-smi",
      medianMHz: 1380,
      firstMHz: 1400,
      lastMHz: 1370,
      defaultMHz: 1312,
      samples: 40,
    },
    thermal: { known: true, method: "nvidia-smi", startC: 50, endC: 64, maxC: 66, throttleReasons: [] },
    others: { known: true, method: "nvidia-smi", processes: 0, busyPercent: 1 },
  },
});

/** A launch that is hostile in every line that a record may hold. */
const hostileLaunch = (launch: Launch): Launch => ({
  ...launch,
  placement: { [shortName]: 12 },
  memory: {
    ...launch.memory,
    hostPeakMiB: { value: 1400, method: shortName, reason: null },
    devicePeakMiB: { value: null, method: null, reason: hostileReason },
  },
  conditions: {
    power: unknown,
    clock: { ...launch.conditions.clock, ...(launch.conditions.clock.known ? { method: shortName } : {}) },
    thermal: { known: true, method: shortName, startC: 50, endC: 64, maxC: 66, throttleReasons: [shortName] },
    others: unknown,
  },
});

const launches = (stepMs: number, count = 5): Launch[] =>
  Array.from({ length: count }, (_, index) => exampleLaunch(index, stepMs));

const cases = (trainMs: number, inferMs: number): Case[] => [
  exampleCase({ launches: launches(trainMs) }),
  exampleCase({ phase: "infer", launches: launches(inferMs) }),
];

const processor: Case["engine"] = { ...exampleCase().engine, device: "cpu", threads: 64 };

/** A launch whose clock fell by 31 %. */
const slowed = (launch: Launch): Launch => {
  const clock = { medianMHz: 1500, firstMHz: 1800, lastMHz: 1242, defaultMHz: 1700 };
  const known = { known: true as const, method: "nvidia-smi", samples: 90, ...clock };
  return { ...launch, conditions: { ...launch.conditions, clock: known } };
};

/**
 * Made-up runs of five devices: three ranked GPUs, the first of them measured twice and the second as fast as the
 * first, a CPU in mode fast, and a hostile one whose cases went wrong.
 */
export const exampleRuns = async (): Promise<RunFile[]> => {
  const first = await exampleRunFile({ cases: cases(62, 21) });
  const device = (id: string, name: string, memoryMiB: number): RunFile["gpu"] => ({
    ...first.gpu,
    id,
    name,
    memoryMiB,
    rawNames: [name],
  });
  return Promise.all([
    first,
    exampleRunFile({
      id: "iiiijjjjkkkk",
      startedAt: "2026-06-01T10:00:00.000Z",
      cases: cases(62.4, 21.1),
    }),
    exampleRunFile({
      id: "llllmmmmnnnn",
      startedAt: "2026-05-01T10:00:00.000Z",
      gpu: device("gpu-like-the-first", "GPU like the first", 12_288),
      cases: cases(62.1, 21.2),
    }),
    exampleRunFile({
      id: "aaaabbbbcccc",
      startedAt: "2026-08-20T08:00:00.000Z",
      gpu: device("tesla-v100-sxm2-16gb", "Tesla V100 SXM2 16 GB", 16_384),
      cases: [
        exampleCase({ launches: launches(91).map(watched) }),
        exampleCase({ phase: "infer", launches: launches(30).map(watched) }),
      ],
    }),
    exampleRunFile({
      id: "ddddeeeeffff",
      mode: "fast",
      startedAt: "2026-08-01T12:00:00.000Z",
      gpu: { ...device("amd-epyc-7543", "AMD EPYC 7543", 257_000), vendor: "amd", kind: "cpu", driver: null },
      cases: [
        exampleCase({ engine: processor, launches: launches(1480, 1) }),
        exampleCase({ engine: processor, phase: "infer", launches: launches(430, 1) }),
      ],
    }),
    exampleRunFile({
      id: "gggghhhhiiii",
      startedAt: "2026-07-01T12:00:00.000Z",
      gpu: { ...device("gpu-of-a-stranger", hostileName, 4096), driver: shortName },
      host: { ...first.host, osVersion: shortName, cpu: { ...first.host.cpu, name: hostileName } },
      deviceState: unknown,
      skippedDevices: [{ name: hostileName, reason: hostileReason }],
      cases: [
        exampleCase({ status: "oom", reason: hostileReason, launches: [], summary: null }),
        exampleCase({
          phase: "infer",
          status: "throttled",
          reason: "clock fell by 31 %",
          warnings: [hostileReason],
          engine: { id: "onnxruntime", version: shortName, device: "cuda:0", threads: null, adapter: shortName },
          batchSearch: [
            { batch: 4, fits: true },
            { batch: 8, fits: false },
          ],
          launches: launches(140).map(slowed).map(hostileLaunch),
        }),
      ],
    }),
  ]);
};

/** Writes run files where they belong below a results folder. */
export const writeRuns = async (folder: string, runs: readonly RunFile[]): Promise<void> => {
  for (const run of runs) {
    const path = join(folder, runFilePath(run));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify(run, null, 2)}\n`);
  }
};
