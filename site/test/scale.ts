import { gpus } from "@epochmark/catalog";
import { exampleCase, exampleLaunch, exampleRunFile } from "@epochmark/records/testing";
import type { RunFile } from "@epochmark/schema";

const devices = 80;
const runsOfEach = 5;
const tasks = [
  { plugin: "vit", model: "vit-small-patch16-224", phase: "train", effort: 60 },
  { plugin: "vit", model: "vit-small-patch16-224", phase: "infer", effort: 20 },
  { plugin: "deblur", model: "deblurgan", phase: "train", effort: 400 },
  { plugin: "deblur", model: "deblurgan", phase: "infer", effort: 30 },
  { plugin: "trtr", model: "trtr", phase: "train", effort: 90 },
] as const;

/** Made-up records of a project that went well: 2,000 cases, 80 GPUs of five runs each, faster ones with larger numbers. */
export const manyRuns = (): Promise<RunFile[]> =>
  Promise.all(
    gpus.slice(0, devices).flatMap((gpu, g) =>
      Array.from({ length: runsOfEach }, async (_, r) => {
        const example = await exampleRunFile();
        return exampleRunFile({
          id: `g${String(g).padStart(3, "0")}r${String(r).padStart(7, "0")}`,
          startedAt: new Date(Date.UTC(2026, r, 1 + (g % 27), 10)).toISOString(),
          finishedAt: null,
          gpu: {
            ...example.gpu,
            id: gpu.id,
            name: gpu.name,
            vendor: gpu.vendor,
            kind: gpu.kind,
            memoryMiB: 1024 * gpu.memoryGB.value,
            rawNames: [gpu.name],
            driver: `55${r}.1`,
          },
          cases: tasks.map(({ effort, ...task }) => {
            // Far enough below the GPU's peak that the records hold.
            const stepMs = (effort * 20 * (1 + 0.01 * r)) / (gpu.fp32Tflops?.value ?? 50);
            return exampleCase({ ...task, launches: [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, stepMs)) });
          }),
        });
      }),
    ),
  );
