import type { Budget } from "./child/protocol.ts";

/** What the runner measures with: `fast` is a look, `ranked` is for the leaderboard. */
export type RunMode = "fast" | "ranked";

export interface Effort {
  /** Child processes a case. Only several of them give an interval that can be trusted. */
  launches: number;
  budget: Budget;
}

/** On two slow cores ViT-S takes under a minute in `fast` and under five in `ranked`, train step and inference together. */
export const efforts: Record<RunMode, Effort> = {
  fast: { launches: 1, budget: { warmupMs: 6000, windowMs: 8000, minSamples: 5, launchMs: 120_000 } },
  ranked: { launches: 5, budget: { warmupMs: 4000, windowMs: 10_000, minSamples: 5, launchMs: 180_000 } },
};
