import { costProfiles } from "@epochmark/catalog/costs";
import {
  type Case,
  type Conditions,
  type Cost,
  type Launch,
  type Linear,
  linearAt,
  type RunFile,
} from "@epochmark/schema";
import { blockHalfWidth } from "./bootstrap.ts";
import { contentHash } from "./hash.ts";
import { summarize } from "./summary.ts";

/** Memory of a device without a sensor, and conditions that nothing could tell. */
const unknownMemory = { value: null, method: null, reason: "nvidia-smi was not found" };
const unknown = { known: false as const, reason: "nvidia-smi was not found" };
export const unknownConditions: Conditions = { power: unknown, clock: unknown, thermal: unknown, others: unknown };

/** One launch whose samples lie around `stepMs`; equal arguments give equal launches. */
export const exampleLaunch = (index = 0, stepMs = 120): Launch => {
  // Launches differ by a few percent and samples by a few per mille, as on a real machine.
  const level = stepMs * (1 + 0.01 * Math.sin(index + 1));
  const samplesMs = Array.from({ length: 12 }, (_, i) => Math.round(level * (1 + 0.004 * Math.sin(3 * i)) * 1e4) / 1e4);
  const wallMs = Math.round(samplesMs.reduce((sum, sample) => sum + sample, 0) * 1.002 * 1e4) / 1e4;
  return {
    index,
    seed: 1000 + index,
    startedAt: new Date(Date.UTC(2026, 8, 1, 10, 1, index * 10)).toISOString(),
    compileMs: 900,
    sessionMs: 400,
    firstStepMs: 300,
    warmup: { steps: 12, ms: 1500, settled: true },
    stepsPerSample: 1,
    samplesMs,
    wallMs,
    stop: "precise",
    halfWidth: blockHalfWidth(samplesMs),
    overheadMs: 2.5,
    unforcedStepMs: null,
    clockJumpMs: 0.2,
    lossFirst: 7.1,
    lossLast: 6.2,
    memory: {
      hostPeakMiB: { value: 1400 + index, method: "VmHWM of /proc/self/status", reason: null },
      devicePeakMiB: unknownMemory,
      deviceContextMiB: unknownMemory,
      deviceBaselineMiB: unknownMemory,
    },
    conditions: unknownConditions,
    placement: { CUDAExecutionProvider: 4189 },
  };
};

/** One case of ViT-S training, status `ok`; `changes` replace fields, and the summary follows the launches. */
export const exampleCase = (changes: Partial<Case> = {}): Case => {
  const launches = changes.launches ?? [0, 1, 2, 3, 4].map((index) => exampleLaunch(index));
  const { plugin = "vit", model = "vit-small-patch16-224", phase = "train" } = changes;
  const workload = changes.workload ?? exampleWorkload(phase);
  return {
    plugin,
    pluginVersion: "0.1.0",
    model,
    phase,
    size: "full",
    engine: { id: "onnxruntime", version: "1.30.0", device: "cuda:0", threads: null, adapter: null },
    precision: "fp32",
    replicas: 1,
    status: "ok",
    reason: null,
    warnings: [],
    batchSearch: null,
    cost: exampleCost(`${plugin}/${model}`, phase, workload.batch),
    correctness: {
      passed: true,
      relativeError: 2e-7,
      tolerance: 1e-4,
      lossFirst: 2.3,
      lossLast: 1.9,
      reason: null,
    },
    summary: summarize(launches, workload.batch),
    ...changes,
    workload,
    launches,
  };
};

/** Eight images; in training with what the step takes beside them. */
const exampleWorkload = (phase: Case["phase"]): Case["workload"] => {
  const of = (name: string, shape: number[]) => ({ name, shape, dtype: "float32" as const });
  const images = of("images", [8, 3, 224, 224]);
  const rest = [of("targets", [8, 1000]), of("dropPath", [12, 2, 8]), of("learningRate", []), of("step", [])];
  return { name: "explicit", batch: 8, inputs: phase === "train" ? [images, ...rest] : [images] };
};

/** What the generated table says, of a model that it lacks what it says of ViT-S training. */
const exampleCost = (model: string, phase: Case["phase"], batch: number): Cost => {
  const known = costProfiles.find((each) => each.model === model && each.phase === phase);
  const profile = known ?? costProfiles.find((each) => each.model === "vit/vit-small-patch16-224")!;
  const at = (line: Linear): number => linearAt(line, batch);
  const winograd = profile.work.filter(({ kind }) => kind === "conv3x3");
  return {
    flops: at(profile.flops),
    flopsExecuted: at(profile.flops),
    winogradFlops: winograd.reduce((sum, { flops }) => sum + at(flops), 0),
    compulsoryBytes: 2 * profile.stateBytes + at(profile.inputBytes),
    parameters: profile.parameters,
    stateBytes: profile.stateBytes,
    nodes: profile.nodes,
  };
};

/**
 * A run file that passes `validateRunFile`: made-up figures of a made-up run, for tests only. `changes` replace
 * fields; the content hash follows.
 */
export const exampleRunFile = async (changes: Partial<Omit<RunFile, "contentHash">> = {}): Promise<RunFile> => {
  const content: Omit<RunFile, "contentHash"> = {
    schemaVersion: 2,
    id: "k3v9x0q2m7ab",
    startedAt: "2026-09-01T10:00:00.000Z",
    finishedAt: "2026-09-01T10:03:00.000Z",
    mode: "ranked",
    seed: 42,
    gpu: {
      id: "geforce-rtx-3090",
      name: "GeForce RTX 3090",
      vendor: "nvidia",
      kind: "discrete",
      memoryMiB: 24_576,
      driver: "550.54.14",
      rawNames: ["NVIDIA GeForce RTX 3090"],
      inferred: false,
      pciBus: "00000000:01:00.0",
    },
    host: {
      os: "linux",
      osVersion: "Debian GNU/Linux 12",
      arch: "x64",
      cpu: { name: "AMD EPYC 7543", vendor: "AMD", physicalCores: 32, threads: 64 },
      memoryMiB: 257_000,
      container: false,
      wsl: false,
      node: "24.21.0",
    },
    harness: { version: "0.1.0", commit: null, dirty: null },
    deviceState: unknown,
    skippedDevices: [],
    cases: [exampleCase(), exampleCase({ phase: "infer", launches: [0, 1, 2, 3, 4].map((i) => exampleLaunch(i, 40)) })],
    ...changes,
  };
  return { ...content, contentHash: await contentHash(content) };
};
