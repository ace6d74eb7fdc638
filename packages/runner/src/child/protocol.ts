import { Correctness, Cost, DeviceKind, Launch, Phase, Precision, Size } from "@epochmark/schema";
import { z } from "zod";

/** Where a child is, so that a crash, a hang and a progress bar can say it. */
const Stage = z.enum(["start", "compile", "session", "first-step", "warm-up", "window", "check"]);
export type Stage = z.infer<typeof Stage>;

/** Where a launch waits for those on other devices: before its window, and at its end, so that all bear the same load throughout. */
const Gate = z.enum(["window-start", "window-end"]);
export type Gate = z.infer<typeof Gate>;

/** How long one launch may take, and how much it measures. Times in ms. */
export const Budget = z.strictObject({
  /** Warm-up ends when step times have settled, or at this time; 0 is one step. */
  warmupMs: z.number().nonnegative(),
  /** The timed window lasts at least this long ... */
  windowMs: z.number().nonnegative(),
  /** ... and holds at least so many samples, unless the launch runs out of time. */
  minSamples: z.int().positive(),
  /** Whether the window also ends when its samples are precise enough. */
  stopWhenPrecise: z.boolean(),
  /** The whole launch, from fork to result: past it the child is killed. */
  launchMs: z.number().positive(),
});
export type Budget = z.infer<typeof Budget>;

const Common = {
  /** `file:` address of the module that exports `engines` and `engineById`. */
  enginesModule: z.string(),
};

/** plugin-kit's own `BuildRequest`. */
const BuildRequest = z.strictObject({
  part: z.string().optional(),
  overrides: z.record(z.string(), z.unknown()).optional(),
  trainObjective: z.string().optional(),
  shapes: z.record(z.string(), z.array(z.int())).optional(),
  optimizer: z.record(z.string(), z.unknown()).optional(),
});

const MeasureRequest = z.strictObject({
  type: z.literal("measure"),
  ...Common,
  pluginModule: z.string(),
  model: z.string(),
  phase: Phase,
  size: Size,
  batch: z.int().positive(),
  build: BuildRequest,
  /** Folder where the run keeps its compiled programs. */
  programs: z.string().optional(),
  engine: z.string(),
  device: z.string(),
  precision: Precision,
  /** Variables that the child is started with, for its device and precision. */
  environment: z.record(z.string(), z.string()),
  threads: z.int().positive(),
  launch: z.strictObject({ index: z.int().nonnegative(), seed: z.int().nonnegative() }),
  budget: Budget,
  /** Whether this launch also runs the case's correctness check, after the measurement. */
  check: z.boolean(),
  /** Whether it goes through each gate only when the runner says so. */
  gates: z.boolean().optional(),
});
export type MeasureRequest = z.infer<typeof MeasureRequest>;

const ProbeRequest = z.strictObject({ type: z.literal("probe"), ...Common });

/** What the runner asks of a child, once. */
export const Request = z.discriminatedUnion("type", [MeasureRequest, ProbeRequest]);
export type Request = z.infer<typeof Request>;

/** What the runner says to a child that waits at a gate. */
export const Pass = z.strictObject({ type: z.literal("pass") });
export type Pass = z.infer<typeof Pass>;

const EngineInfo = z.strictObject({
  id: z.string(),
  version: z.string(),
  kind: z.enum(["compiled", "eager"]),
  devices: z.array(
    z.strictObject({
      id: z.string(),
      kind: DeviceKind,
      name: z.string().nullable(),
      usable: z.boolean(),
      reason: z.string().nullable(),
      inferred: z.boolean().optional(),
      pciId: z.string().optional(),
      pciBus: z.string().optional(),
      driver: z.string().optional(),
      precisions: z.partialRecord(Precision, z.record(z.string(), z.string())).optional(),
      refusals: z.partialRecord(Precision, z.string()).optional(),
    }),
  ),
});
/** An engine as a child process saw it: the runner itself never loads one. */
export type EngineInfo = z.infer<typeof EngineInfo>;

/** What a child reports, in this order: stages and samples, then what it was asked for, or why there is none. */
export const Message = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("stage"), stage: Stage }),
  z.strictObject({ type: z.literal("gate"), gate: Gate }),
  z.strictObject({ type: z.literal("sample"), index: z.int().nonnegative(), stepMs: z.number().nonnegative() }),
  z.strictObject({
    type: z.literal("measured"),
    launch: Launch,
    cost: Cost,
    /** Operations that ran on the CPU though the device is another, with how many nodes each. */
    strays: z.record(z.string(), z.int().positive()),
    /** Time of the first step by operation, in ms; none where the engine does not tell. */
    operatorMs: z.record(z.string(), z.number().nonnegative()).default({}),
  }),
  z.strictObject({ type: z.literal("checked"), correctness: Correctness }),
  z.strictObject({ type: z.literal("engines"), engines: z.array(EngineInfo) }),
  z.strictObject({ type: z.literal("error"), unsupported: z.boolean(), text: z.string() }),
  z.strictObject({ type: z.literal("done") }),
]);
export type Message = z.infer<typeof Message>;
