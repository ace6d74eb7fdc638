import type { CostProfile } from "@epochmark/schema";
import { at, MiB, peakLiveAt } from "./memory.ts";
import fitted from "./host-memory.json" with { type: "json" };

/** So many different batches lie in memory while a case is measured (`pnpm bench` feeds them in turn). */
const batchesHeld = 4;

/** What a case takes of the host's memory, as terms whose factors `pnpm planner:memory --fit` finds. Terms in MiB. */
export interface HostTerms {
  /** Known from how the engine works: no factor. */
  known: number;
  /** Factor: MiB of the process before any model (Node, its libraries, the compiler's heap). */
  process: 1;
  /** Factor: MiB a thousand nodes (graph, session, and the profile of the first step). */
  nodes: number;
  /** Factor: times that frozen weights lie in memory (ours, ONNX Runtime's own, and those packed for its kernels). */
  weights: number;
  /** Factor: memory that the arena touches over the bytes that are alive at once: what lies free between tensors. */
  training: number;
  inference: number;
}

/**
 * The terms of a step on the CPU by ONNX Runtime: state, the state after the step where it is not written in place, the copy
 * that the binding makes of it, and the batches are known.
 */
export function hostTerms(profile: CostProfile, batch: number): HostTerms {
  const { stateBytes, frozenBytes, trained, phase, nodes } = profile;
  const state = stateBytes - frozenBytes;
  const live = peakLiveAt(profile, batch) / MiB;
  const inputs = batchesHeld * at(profile.inputBytes, batch);
  return {
    known: (2 * state + 4 * trained + inputs) / MiB,
    process: 1,
    nodes: nodes / 1000,
    weights: frozenBytes / MiB,
    training: phase === "infer" ? 0 : live,
    inference: phase === "infer" ? live : 0,
  };
}

export const hostFactors = [
  "process",
  "nodes",
  "weights",
  "training",
  "inference",
] as const satisfies (keyof HostTerms)[];
export type HostFactors = Record<(typeof hostFactors)[number], number>;

/** Peak resident memory (MiB) of the process that measures a step on the CPU. */
export function hostMemoryMiB(profile: CostProfile, batch: number, factors: HostFactors = fitted): number {
  const terms = hostTerms(profile, batch);
  return hostFactors.reduce((sum, name) => sum + factors[name] * terms[name], terms.known);
}
