import { type CostProfile, linearAt } from "@epochmark/schema";
import { MiB, peakHeldAt } from "./memory.ts";
import fitted from "./host-memory.json" with { type: "json" };

/** What a case takes of the host's memory, as terms whose factors `pnpm planner:memory --fit` finds. Terms in MiB. */
export interface HostTerms {
  /** Known from how the engine works: no factor. */
  known: number;
  /** Factor: MiB of the process before any model (Node, its libraries, the compiler's heap). */
  process: 1;
  /** Factors: MiB a thousand nodes (graph, session, and the profile of the first step). ONNX Runtime rewrites inference's. */
  trainingNodes: number;
  inferenceNodes: number;
  /** Factor: times that frozen weights lie in memory (ours, and those that kernels pack or lay out for themselves). */
  weights: number;
  /** Factor: times that a batch lies in memory: `pnpm bench` feeds four in turn, each by way of the session's own. */
  batches: number;
  /**
   * Factors: memory that the arena touches over the bytes that its plan holds for tensors: what kernels need while they run, and
   * what lies free between tensors.
   */
  training: number;
  inference: number;
}

/** The terms of a step on the CPU by ONNX Runtime: state, and the state after the step where it is not written in place, are known. */
export function hostTerms(profile: CostProfile, batch: number): HostTerms {
  const { stateBytes, frozenBytes, trained, phase, nodes } = profile;
  const state = stateBytes - frozenBytes;
  const held = peakHeldAt(profile, batch) / MiB;
  const train = phase !== "infer";
  return {
    known: (state + (train ? 4 * trained : 0)) / MiB,
    process: 1,
    trainingNodes: train ? nodes / 1000 : 0,
    inferenceNodes: train ? 0 : nodes / 1000,
    weights: frozenBytes / MiB,
    batches: linearAt(profile.inputBytes, batch) / MiB,
    training: train ? held : 0,
    inference: train ? 0 : held,
  };
}

/** Factors of what a case takes whatever its batch, and of what grows with it. */
const fixed = ["process", "trainingNodes", "inferenceNodes", "weights"] as const;
const growing = ["batches", "training", "inference"] as const;
export const hostFactors = [...fixed, ...growing] as const satisfies (keyof HostTerms)[];

/** How a measured case differs from its terms. */
export interface HostCase {
  /** MiB beyond what its terms say, whatever the batch. */
  offset: number;
  /** Times that what grows with the batch is of what its terms say. */
  growth: number;
}

export interface HostModel {
  factors: Record<(typeof hostFactors)[number], number>;
  /** By `model phase`; cases that nobody measured have none. */
  cases: Readonly<Record<string, HostCase>>;
}

/** What is kept of a fit: besides the model the errors that nine of ten predictions stay below (in logarithms). */
export interface HostFit extends HostModel {
  spreads: {
    /** Of another batch of a measured case. */
    measured: number;
    /** Of a model that nobody measured. */
    stranger: number;
  };
}

/** A case's name in the model. */
export const hostCase = ({ model, phase }: CostProfile): string => `${model} ${phase}`;

/** What the factors say (MiB) of a case at a batch: what it takes whatever the batch, and what grows with it. */
export function hostParts(profile: CostProfile, batch: number, factors: HostModel["factors"]) {
  const terms = hostTerms(profile, batch);
  const sum = (names: typeof fixed | typeof growing): number =>
    names.reduce((total, name) => total + factors[name] * terms[name], 0);
  return { fixed: terms.known + sum(fixed), growing: sum(growing) };
}

/** Peak resident memory (MiB) of the process that measures a step on the CPU. */
export function hostMemoryMiB(profile: CostProfile, batch: number, { factors, cases }: HostModel = fitted): number {
  const { offset, growth } = (cases as HostModel["cases"])[hostCase(profile)] ?? { offset: 0, growth: 1 };
  const parts = hostParts(profile, batch, factors);
  return parts.fixed + offset + growth * parts.growing;
}
