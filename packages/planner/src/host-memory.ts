import { type CostProfile, linearAt, type WorkKind } from "@epochmark/schema";
import { MiB, peakLiveAt } from "./memory.ts";
import fitted from "./host-memory.json" with { type: "json" };

/** What a case takes of the host's memory, as terms whose factors `pnpm planner:memory --fit` finds. Terms in MiB. */
export interface HostTerms {
  /** Known from how the engine works: no factor. */
  known: number;
  /** Factor: MiB of the process before any model (Node, its libraries, the compiler's heap). */
  process: 1;
  /** Factor: MiB a thousand nodes (graph, session, and the profile of the first step). */
  nodes: number;
  /** Factor: times that frozen weights lie in memory (ours, and those that kernels pack or lay out for themselves). */
  weights: number;
  /** Factor: times that a batch lies in memory: `pnpm bench` feeds four in turn, and making them leaves some behind. */
  batches: number;
  /**
   * Factor: memory that the arena touches over the bytes that are alive at once: what lies free between tensors. Convolutional
   * networks, whose tensors are of many sizes, leave more of it: their share is the one of their FLOPs.
   */
  training: number;
  inference: number;
  convolutionalTraining: number;
  convolutionalInference: number;
}

/** The terms of a step on the CPU by ONNX Runtime: state, and the state after the step where it is not written in place, are known. */
export function hostTerms(profile: CostProfile, batch: number): HostTerms {
  const { stateBytes, frozenBytes, trained, phase, nodes } = profile;
  const state = stateBytes - frozenBytes;
  const live = peakLiveAt(profile, batch) / MiB;
  const convolutional = live * convolutionalShare(profile);
  const train = phase !== "infer";
  return {
    known: (state + (train ? 4 * trained : 0)) / MiB,
    process: 1,
    nodes: nodes / 1000,
    weights: frozenBytes / MiB,
    batches: linearAt(profile.inputBytes, batch) / MiB,
    training: train ? live - convolutional : 0,
    inference: train ? 0 : live - convolutional,
    convolutionalTraining: train ? convolutional : 0,
    convolutionalInference: train ? 0 : convolutional,
  };
}

const convolutions = new Set<WorkKind>(["conv3x3", "conv", "pointwise", "depthwise"]);

/** Share of a step's FLOPs for one sample that is in convolutions. */
function convolutionalShare({ work }: CostProfile): number {
  const flops = (groups: CostProfile["work"]): number =>
    groups.reduce((sum, group) => sum + linearAt(group.flops, 1), 0);
  return flops(work.filter(({ kind }) => convolutions.has(kind))) / flops(work);
}

export const hostFactors = [
  "process",
  "nodes",
  "weights",
  "batches",
  "training",
  "inference",
  "convolutionalTraining",
  "convolutionalInference",
] as const satisfies (keyof HostTerms)[];

export interface HostModel {
  factors: Record<(typeof hostFactors)[number], number>;
  /** MiB that a case takes beyond its terms, whatever its batch, by `model phase`; cases that nobody measured have none. */
  offsets: Readonly<Record<string, number>>;
}

/** The name of a case's offset. */
export const offsetName = ({ model, phase }: CostProfile): string => `${model} ${phase}`;

/** Peak resident memory (MiB) of the process that measures a step on the CPU. */
export function hostMemoryMiB(profile: CostProfile, batch: number, { factors, offsets }: HostModel = fitted): number {
  const terms = hostTerms(profile, batch);
  const own = (offsets as HostModel["offsets"])[offsetName(profile)] ?? 0;
  return hostFactors.reduce((sum, name) => sum + factors[name] * terms[name], terms.known + own);
}
