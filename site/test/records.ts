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
      cases: cases(91, 30),
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
      gpu: device("gpu-of-a-stranger", hostileName, 4096),
      cases: [
        exampleCase({ status: "oom", reason: hostileReason, launches: [], summary: null }),
        exampleCase({
          phase: "infer",
          status: "throttled",
          reason: "clock fell by 31 %",
          launches: launches(140).map(slowed),
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
