import type { Case, GpuIdentity, Host, RunFile } from "@epochmark/schema";
import type { Effort, RunMode } from "./budget.ts";
import type { Ending } from "./child/ending.ts";
import type { Stage } from "./child/protocol.ts";
import type { PluginError } from "./errors.ts";
import type { PlannedCase } from "./plan/plan.ts";

/** One launch of one case, by their indexes in the plan. */
export interface LaunchPlace {
  caseIndex: number;
  launch: number;
}

/** What a run tells while it goes on, in order; for a progress bar or a log. */
export type RunEvent =
  | {
      type: "machine";
      host: Host;
      gpu: GpuIdentity;
      /** GPUs that no engine can use, and why. */
      skippedDevices: RunFile["skippedDevices"];
      /** Why this device and engine were taken. */
      why: string;
      pluginErrors: PluginError[];
    }
  | { type: "plan"; cases: PlannedCase[]; mode: RunMode; effort: Effort; seed: number; path: string }
  | ({ type: "launch-start" } & LaunchPlace)
  | ({ type: "stage"; stage: Stage } & LaunchPlace)
  | ({ type: "sample"; index: number; stepMs: number } & LaunchPlace)
  | ({ type: "launch-end"; ending: Ending | null } & LaunchPlace)
  /** The largest batch is searched for, and this one is tried. */
  | { type: "batch-try"; caseIndex: number; batch: number }
  /** The last launch of a case has ended: its record is final, and on disk. */
  | { type: "case-end"; caseIndex: number; record: Case };
