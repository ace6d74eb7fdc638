import type { Mode } from "@epochmark/schema";
import type { Budget } from "./child/protocol.ts";

/** What the runner measures with: `fast` is a look, `ranked` is for the leaderboard, `sustained` shows what heat does. */
export type RunMode = Mode;

export interface Effort {
  /** Child processes a case. Only several of them give an interval that can be trusted. */
  launches: number;
  budget: Budget;
}

/**
 * What all launches of a run may take together, in ms; what one needs besides its window (start, session, first step,
 * warm-up; in `fast` compiling and the check too); and the window that it gets in any case.
 */
const shares: Partial<Record<RunMode, { totalMs: number; besidesWindowMs: number; shortestWindowMs: number }>> = {
  fast: { totalMs: 70_000, besidesWindowMs: 8000, shortestWindowMs: 1000 },
  ranked: { totalMs: 270_000, besidesWindowMs: 5500, shortestWindowMs: 1000 },
};

/** The mode's effort for so many cases: the more there are, the shorter their windows. */
export function effortFor(mode: RunMode, cases: number): Effort {
  const { launches, budget } = efforts[mode];
  const shared = shares[mode];
  if (!shared) return { launches, budget };
  const share = shared.totalMs / (launches * Math.max(1, cases)) - shared.besidesWindowMs;
  const windowMs = Math.round(Math.min(budget.windowMs, Math.max(shared.shortestWindowMs, share)));
  return { launches, budget: { ...budget, windowMs } };
}

export const efforts: Record<RunMode, Effort> = {
  fast: {
    launches: 1,
    budget: { warmupMs: 6000, windowMs: 8000, minSamples: 3, stopWhenPrecise: true, launchMs: 120_000 },
  },
  ranked: {
    launches: 5,
    budget: { warmupMs: 3000, windowMs: 10_000, minSamples: 3, stopWhenPrecise: true, launchMs: 180_000 },
  },
  // Five minutes are enough for coolers to reach their temperature; all of them are looked at.
  sustained: {
    launches: 1,
    budget: { warmupMs: 6000, windowMs: 300_000, minSamples: 5, stopWhenPrecise: false, launchMs: 600_000 },
  },
};

/** The first step, one of warm-up and one of the window: enough to know whether it fits, and memory has had its peak by then. */
export const threeSteps = { warmupMs: 0, windowMs: 0, minSamples: 1, stopWhenPrecise: false };
