import { z } from "zod";
import { Cost } from "./cost-table.ts";
import { GpuIdentity } from "./gpu.ts";
import { Id, Mode, Phase, Precision, Size, Status, TensorSpec } from "./ids.ts";
import { Conditions, DeviceState } from "./readings.ts";
import { Line, Name } from "./text.ts";

const Ms = z.number().nonnegative().max(1e10);
/** No clock resolves less than a nanosecond: 0 means that nothing was measured. */
const SampleMs = z.number().min(1e-6).max(1e10);
const MiB = z.number().nonnegative().max(1e9);
const Instant = z.iso.datetime();

/** A figure that may be unknowable: then it is null and the reason says why. */
export const Measured = z.strictObject({
  value: MiB.nullable(),
  /** Tool or counter that gave the value, e.g. `VmHWM of /proc/self/status`. */
  method: Name(200).nullable(),
  reason: Line(500).nullable(),
});
export type Measured = z.infer<typeof Measured>;

/** Why a timed window ended: its samples were `precise` enough, its time was over (`budget`), or the record was `full`. */
export const Stop = z.enum(["precise", "budget", "full"]);
export type Stop = z.infer<typeof Stop>;

/** One child process that measured one case. Samples are raw and in time order. */
export const Launch = z.strictObject({
  index: z.int().nonnegative(),
  seed: z.int().nonnegative(),
  startedAt: Instant,
  /**
   * Tracing and graph passes, done once a run by the first launch that needs the program; then writing the model and
   * creating the engine's session; then the first step.
   */
  compileMs: Ms,
  sessionMs: Ms,
  firstStepMs: Ms,
  warmup: z.strictObject({
    steps: z.int().nonnegative(),
    ms: Ms,
    settled: z.boolean(),
  }),
  /** Steps in one sample: enough that a sample lasts 100 ms or more. */
  stepsPerSample: z.int().positive().max(1e9),
  samplesMs: z.array(SampleMs).max(2000),
  /** Wall time of the whole timed window, so that it can be held against the sum of samples. */
  wallMs: Ms,
  /** Why the window ended; null in records from before it was kept. */
  stop: Stop.nullable(),
  /** Relative half-width of the block-bootstrap interval of the samples' median when the window ended; null for too few. */
  halfWidth: z.number().nonnegative().max(1e6).nullable(),
  /** Time of the window that was not the engine's: feeding batches, looking at losses; null where it was not measured. */
  overheadMs: Ms.nullable(),
  /**
   * A step's time when nothing of it is read, asked once a case after the window: far less than a sample's where the
   * device computes by itself (WebGPU), so that only a forced read times it. Null where every call waits for the device.
   */
  unforcedStepMs: Ms.nullable(),
  /** How far the wall clock moved against the monotonic one during the launch: set by hand, or the machine slept. */
  clockJumpMs: z.number().min(-1e13).max(1e13).nullable(),
  /** First and last loss of the window (train); null for inference. */
  lossFirst: z.number().nullable(),
  lossLast: z.number().nullable(),
  memory: z.strictObject({
    /** Resident memory of the launch's process and of those that it started. */
    hostPeakMiB: Measured,
    /** Device memory of the same processes, the engine's own context included. */
    devicePeakMiB: Measured,
    /** What the engine takes on the device before any tensor is there. */
    deviceContextMiB: Measured,
    /** What was in use on the device before the launch. */
    deviceBaselineMiB: Measured,
  }),
  conditions: Conditions,
  /** Nodes of the compiled program by the provider they landed on; none where the launch did not ask. */
  placement: z.record(Name(80).min(1), z.int().nonnegative()),
});
export type Launch = z.infer<typeof Launch>;

const Interval = z.strictObject({
  median: z.number().nonnegative(),
  /** Ends of the 95 % interval; null where one launch gives no honest interval. */
  low: z.number().nonnegative().nullable(),
  high: z.number().nonnegative().nullable(),
});
export type Interval = z.infer<typeof Interval>;

/** Recomputed from the raw samples by the validator: never trusted as written. */
export const Summary = z.strictObject({
  /** Milliseconds a step (ms). */
  stepMs: Interval,
  /** Images a second (img/s). */
  imagesPerSecond: Interval,
  /** 5th and 95th percentile of the pooled step times (ms). */
  p5Ms: Ms,
  p95Ms: Ms,
  /** How the interval was made. */
  interval: z.enum(["t-log-launch-medians", "none-single-launch"]),
  launches: z.int().positive(),
  samples: z.int().positive(),
  hostPeakMiB: MiB.nullable(),
  devicePeakMiB: MiB.nullable(),
  /** Mean over the launches whose energy is known (J). */
  joulesPerImage: z.number().nonnegative().nullable(),
  /** Share of the windows that was not the engine's (0.01 = 1 %), over all launches; null where it was not measured. */
  overhead: z.number().nonnegative().nullable(),
  /** How step times change while the device gets warm (% a minute), mean over the launches of a minute or more. */
  slopePercentPerMinute: z.number().nullable(),
});
export type Summary = z.infer<typeof Summary>;

/** The seeded tiny check that runs beside every measured case: outputs against the reference engine, loss must fall. */
export const Correctness = z.strictObject({
  passed: z.boolean(),
  /** Largest relative L2 error against the eager reference engine. */
  relativeError: z.number().nonnegative().nullable(),
  tolerance: z.number().positive(),
  lossFirst: z.number().nullable(),
  lossLast: z.number().nullable(),
  reason: Line(500).nullable(),
});
export type Correctness = z.infer<typeof Correctness>;

/** How the largest batch that fits was found: every batch that was tried, in order, each in a process of its own. */
export const BatchSearch = z.array(z.strictObject({ batch: z.int().positive(), fits: z.boolean() })).max(64);
export type BatchSearch = z.infer<typeof BatchSearch>;

/** model × phase × workload × engine × device × precision. */
export const Case = z.strictObject({
  plugin: Id,
  pluginVersion: Name(40),
  model: Id,
  phase: Phase,
  size: Size,
  workload: z.strictObject({
    /** `max`: the largest batch that fitted. */
    name: z.enum(["small", "paper", "explicit", "max"]),
    batch: z.int().positive(),
    inputs: z.array(TensorSpec).max(64),
  }),
  engine: z.strictObject({
    id: Id,
    version: Name(80),
    /** Device as the engine names it: `cpu`, `webgpu`, `cuda:0`. */
    device: Name(40),
    threads: z.int().positive().nullable(),
    /** What the engine itself calls the device; null where it says nothing. */
    adapter: Name(200).nullable(),
  }),
  precision: Precision,
  /** Copies of the case that ran at once, one a device. */
  replicas: z.int().min(1).max(64),
  status: Status,
  /** One line: why the status is not `ok`; null when it is. */
  reason: Line(500).nullable(),
  /** What a reader should know that does not change the status, one line each. */
  warnings: z.array(Line(300)).max(16),
  batchSearch: BatchSearch.nullable(),
  cost: Cost.nullable(),
  correctness: Correctness.nullable(),
  launches: z.array(Launch).max(100),
  summary: Summary.nullable(),
});
export type Case = z.infer<typeof Case>;

export const Host = z.strictObject({
  os: z.enum(["linux", "darwin", "win32", "freebsd", "other"]),
  osVersion: Name(200),
  arch: Name(40),
  cpu: z.strictObject({
    name: Name(200),
    vendor: Name(100),
    physicalCores: z.int().positive().nullable(),
    /** Logical processors that this process may use. */
    threads: z.int().positive(),
  }),
  memoryMiB: z.number().positive(),
  container: z.boolean(),
  wsl: z.boolean(),
  node: Name(40),
});
export type Host = z.infer<typeof Host>;

export const Harness = z.strictObject({
  version: Name(40),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  /** Whether the working tree differed from the commit; null where git could not tell. */
  dirty: z.boolean().nullable(),
});
export type Harness = z.infer<typeof Harness>;

export const runFileVersion = 2;

/** `results/<gpu-id>/<date>-<run-id>.json`: all cases of one `bench` on one device. */
export const RunFile = z.strictObject({
  schemaVersion: z.literal(runFileVersion),
  /** Random, so that two machines never write the same name. */
  id: z.string().regex(/^[a-z0-9]{12}$/, "expected 12 characters of [a-z0-9]"),
  /** SHA-256 of the canonical JSON of this file without this field, in hexadecimal. */
  contentHash: z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hexadecimal"),
  startedAt: Instant,
  /** When the last planned case ended; null while the run goes on or if it was killed. */
  finishedAt: Instant.nullable(),
  mode: Mode,
  seed: z.int().nonnegative(),
  gpu: GpuIdentity,
  host: Host,
  harness: Harness,
  deviceState: DeviceState,
  /** Devices of this machine that no engine could use, and why. */
  skippedDevices: z.array(z.strictObject({ name: Name(200).min(1), reason: Line(500).min(1) })).max(16),
  cases: z.array(Case).max(500),
});
export type RunFile = z.infer<typeof RunFile>;
