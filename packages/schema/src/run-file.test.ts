import { expect, test } from "vitest";
import { RunFile } from "./run-file.ts";

const unknown = { value: null, method: null, reason: "no tool told" };
const launch = {
  index: 0,
  seed: 7,
  startedAt: "2026-09-01T10:00:10.000Z",
  compileMs: 900,
  sessionMs: 400,
  firstStepMs: 300,
  warmup: { steps: 12, ms: 1500, settled: true },
  stepsPerSample: 1,
  samplesMs: [120.5, 121],
  wallMs: 241.6,
  stop: "precise",
  halfWidth: 0.004,
  overheadMs: 0.3,
  unforcedStepMs: null,
  clockJumpMs: -0.1,
  lossFirst: 7.1,
  lossLast: 6.2,
  memory: {
    hostPeakMiB: { value: 1400, method: "VmHWM of /proc/self/status", reason: null },
    devicePeakMiB: unknown,
    deviceContextMiB: unknown,
    deviceBaselineMiB: unknown,
  },
  conditions: {
    power: { known: true, method: "nvidia-smi, every 100 ms", energyJ: 31.5, samples: 64, idleW: 9.1 },
    clock: { known: true, method: "x", medianMHz: 1700, firstMHz: 1720, lastMHz: 1690, defaultMHz: null, samples: 64 },
    thermal: { known: true, method: "x", startC: 41, endC: 63.5, maxC: 64, throttleReasons: ["SW Power Cap"] },
    others: { known: false, reason: "the driver refused" },
  },
  placement: { CPUExecutionProvider: 4189 },
};
const measured = {
  plugin: "vit",
  pluginVersion: "0.1.0",
  model: "vit-small-patch16-224",
  phase: "train",
  size: "full",
  workload: { name: "small", batch: 8, inputs: [{ name: "images", shape: [8, 3, 224, 224], dtype: "float32" }] },
  engine: { id: "onnxruntime", version: "1.30.0", device: "cpu", threads: 2, adapter: null },
  precision: "fp32",
  replicas: 1,
  status: "ok",
  reason: null,
  warnings: ["a display is attached"],
  batchSearch: [
    { batch: 8, fits: true },
    { batch: 16, fits: false },
  ],
  cost: {
    flops: 2e11,
    flopsExecuted: 2e11,
    winogradFlops: 0,
    compulsoryBytes: null,
    parameters: 22_050_664,
    stateBytes: 264_607_968,
    nodes: 4189,
  },
  correctness: { passed: true, relativeError: 2e-7, tolerance: 1e-4, lossFirst: 2.3, lossLast: 1.9, reason: null },
  launches: [launch],
  summary: {
    stepMs: { median: 120.75, low: null, high: null },
    imagesPerSecond: { median: 66.2, low: null, high: null },
    p5Ms: 120.5,
    p95Ms: 121,
    interval: "none-single-launch",
    launches: 1,
    samples: 2,
    hostPeakMiB: 1400,
    devicePeakMiB: null,
    joulesPerImage: 1.97,
    overhead: 0.0012,
    slopePercentPerMinute: -0.4,
  },
};
const good = {
  schemaVersion: 2,
  id: "k3v9x0q2m7ab",
  contentHash: "0".repeat(64),
  startedAt: "2026-09-01T10:00:00.000Z",
  finishedAt: null,
  mode: "fast",
  seed: 42,
  gpu: {
    id: "geforce-gtx-1050-ti",
    name: "GeForce GTX 1050 Ti",
    vendor: "nvidia",
    kind: "discrete",
    memoryMiB: 4096,
    driver: null,
    rawNames: ["NVIDIA GeForce GTX 1050 Ti", "NVIDIA Corporation GP107 [GeForce GTX 1050 Ti] (rev a1)"],
    inferred: false,
    pciBus: "0000:01:00.0",
  },
  host: {
    os: "linux",
    osVersion: "Debian GNU/Linux 12 (kernel 6.1)",
    arch: "x64",
    cpu: { name: "Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz", vendor: "Intel", physicalCores: 6, threads: 12 },
    memoryMiB: 32_000,
    container: false,
    wsl: false,
    node: "24.21.0",
  },
  harness: { version: "0.1.0", commit: "0123456789abcdef0123456789abcdef01234567", dirty: false },
  deviceState: {
    known: true,
    method: "nvidia-smi",
    powerLimitW: 75,
    defaultPowerLimitW: 75,
    defaultClockMHz: 1290,
    maxClockMHz: 1911,
    displayAttached: true,
    partitioned: null,
    pcieGeneration: 3,
    pcieLanes: 16,
  },
  skippedDevices: [{ name: "Radeon 540X Mobile", reason: "no engine can use it" }],
  cases: [measured],
};

/** The good record with the member at a path replaced. */
const withMember = (path: readonly (string | number)[], value: unknown): unknown => {
  const copy = structuredClone(good);
  const holder = path
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>((inner, step) => inner[step] as Record<string | number, unknown>, copy);
  Object.defineProperty(holder, path.at(-1)!, { value, enumerable: true, configurable: true, writable: true });
  return copy;
};

test("a good record passes and comes out as it went in", () => {
  expect(RunFile.parse(good)).toEqual(good);
});

const longText = "x".repeat(501);
test.each<{ path: (string | number)[]; value: unknown; at?: (string | number)[] }>([
  { path: ["hostname"], value: "lab-7", at: [] },
  { path: ["cases", 0, "score"], value: 1, at: ["cases", 0] },
  { path: ["__proto__"], value: { polluted: true }, at: [] },
  { path: ["gpu", "__proto__"], value: { polluted: true }, at: ["gpu"] },
  { path: ["schemaVersion"], value: 1 },
  { path: ["id"], value: "K3V9X0Q2M7AB" },
  { path: ["id"], value: "../../../etc" },
  { path: ["contentHash"], value: "A".repeat(64) },
  { path: ["startedAt"], value: "2026-09-01 10:00" },
  { path: ["startedAt"], value: "2026-02-30T10:00:00.000Z" },
  { path: ["mode"], value: "best" },
  { path: ["gpu", "id"], value: "RTX 3090" },
  { path: ["gpu", "id"], value: "a--b" },
  { path: ["gpu", "name"], value: "" },
  { path: ["gpu", "name"], value: "x".repeat(201) },
  { path: ["gpu", "name"], value: "<b>GeForce</b>" },
  { path: ["gpu", "rawNames", 0], value: "GeForce\u202e0903" },
  { path: ["host", "cpu", "name"], value: "one\ntwo" },
  { path: ["harness", "commit"], value: "HEAD" },
  { path: ["cases", 0, "status"], value: "fine" },
  { path: ["cases", 0, "reason"], value: longText },
  { path: ["cases", 0, "workload", "batch"], value: 0 },
  { path: ["cases", 0, "workload", "batch"], value: 1.5 },
  { path: ["cases", 0, "launches", 0, "samplesMs", 1], value: Number.NaN },
  { path: ["cases", 0, "launches", 0, "samplesMs", 1], value: Number.POSITIVE_INFINITY },
  { path: ["cases", 0, "launches", 0, "samplesMs", 1], value: 0 },
  { path: ["cases", 0, "launches", 0, "samplesMs", 1], value: "121" },
  { path: ["cases", 0, "launches", 0, "samplesMs"], value: Array.from({ length: 2001 }, () => 1) },
  { path: ["cases", 0, "launches", 0, "lossLast"], value: Number.NaN },
  { path: ["cases", 0, "launches", 0, "stepsPerSample"], value: 0 },
  { path: ["cases", 0, "launches", 0, "stop"], value: "tired" },
  { path: ["cases", 0, "launches", 0, "conditions", "power", "energyJ"], value: Number.NaN },
  { path: ["cases", 0, "launches", 0, "conditions", "power", "known"], value: null },
  {
    path: ["cases", 0, "launches", 0, "conditions", "others", "processes"],
    value: 1,
    at: ["cases", 0, "launches", 0, "conditions", "others"],
  },
  { path: ["cases", 0, "replicas"], value: 0 },
  { path: ["cases", 0, "batchSearch", 1, "fits"], value: "no" },
  { path: ["cases", 0, "warnings", 0], value: "two\nlines" },
  { path: ["deviceState", "pcieLanes"], value: 2.5 },
  { path: ["skippedDevices", 0, "reason"], value: "" },
  { path: ["cases", 0, "launches", 0, "memory", "devicePeakMiB", "value"], value: -1 },
  { path: ["cases", 0, "launches", 0, "placement", "CPUExecutionProvider"], value: 0.5 },
  { path: ["cases", 0, "summary", "stepMs", "median"], value: undefined },
])("$path = $value is refused there", ({ path, value, at = path }) => {
  const { error } = RunFile.safeParse(withMember(path, value));
  expect(error?.issues.map((issue) => issue.path)).toContainEqual(at);
});

test("a field that is left out is named", () => {
  const { error } = RunFile.safeParse({ ...good, seed: undefined, cases: [{ ...measured, launches: undefined }] });
  expect(error?.issues.map((issue) => issue.path)).toEqual([["seed"], ["cases", 0, "launches"]]);
});
