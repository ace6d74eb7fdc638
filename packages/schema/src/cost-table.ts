import { z } from "zod";
import { ModelPath, Phase } from "./ids.ts";

/** What one step of a model costs, counted on its graph. FLOPs are 2 × multiply-accumulate of convolutions and matrix products. */
export const Cost = z.strictObject({
  /** Counted on the logical graph, before dead nodes are dropped and before lowering. */
  flops: z.number().nonnegative(),
  /** Counted on the graph that really runs. */
  flopsExecuted: z.number().nonnegative(),
  /** Of these, those of 3×3 convolutions with stride 1, which Winograd's F(2×2) computes in 1/2.25; null where not counted. */
  winogradFlops: z.number().nonnegative().nullable(),
  /** What must be read or written at least: state, inputs, outputs (bytes); null where not counted. */
  compulsoryBytes: z.number().nonnegative().nullable(),
  parameters: z.int().nonnegative(),
  /** Bytes of all state that stays between steps: parameters, optimizer slots, running statistics. */
  stateBytes: z.number().nonnegative(),
  nodes: z.int().nonnegative(),
});
export type Cost = z.infer<typeof Cost>;

/**
 * What a device does in a kernel; the planner knows one efficiency for each. `conv3x3`: 3×3 with stride 1, where Winograd's
 * algorithm computes less than is counted; `softmax`: traffic of attention maps, which a fused attention kernel saves.
 */
export const WorkKind = z.enum(["conv3x3", "conv", "pointwise", "depthwise", "gemm", "attention", "softmax", "memory"]);
export type WorkKind = z.infer<typeof WorkKind>;

/** A quantity as a function of the batch: fixed + perSample × batch, as `[fixed, perSample]`. */
export const Linear = z.tuple([z.number(), z.number()]);
export type Linear = z.infer<typeof Linear>;

/** The quantity at a batch. */
export const linearAt = ([fixed, perSample]: Linear, batch: number): number => fixed + perSample * batch;

/** `count` kernels of one kind and of about the same ratio of FLOPs to bytes; figures are sums over them. */
export const WorkGroup = z.strictObject({
  kind: WorkKind,
  count: z.int().positive(),
  flops: Linear,
  /** Bytes read and written in fp32. */
  read: Linear,
  written: Linear,
});
export type WorkGroup = z.infer<typeof WorkGroup>;

/** What one step of a full-size model costs, as functions of the batch. */
export const CostProfile = z.strictObject({
  model: ModelPath,
  phase: Phase,
  /** Learned tensors of the official checkpoint, in elements; of them those that the step changes. */
  parameters: z.int().nonnegative(),
  trained: z.int().nonnegative(),
  /** Bytes of optimizer memory; bytes of all state (parameters, buffers, optimizer memory); of that what the step only reads. */
  slotBytes: z.int().nonnegative(),
  stateBytes: z.int().nonnegative(),
  frozenBytes: z.int().nonnegative(),
  flops: Linear,
  /** Bytes of one batch. */
  inputBytes: Linear,
  /** Bytes that the forward pass keeps for the backward pass; 0 for inference. */
  keptBytes: Linear,
  /** Most bytes of computed tensors alive at once in the schedule of the compiled program: the largest of these lines. */
  peakLiveBytes: z.array(Linear).min(1),
  /** Most bytes that ONNX Runtime's plan holds for computed tensors at once, alive or between two: the largest of these lines. */
  peakHeldBytes: z.array(Linear).min(1),
  /** Nodes of the compiled program. */
  nodes: z.int().positive(),
  work: z.array(WorkGroup).min(1),
});
export type CostProfile = z.infer<typeof CostProfile>;

export const costTableVersion = 3;

/** The generated cost tables of all models: `pnpm tables` writes them into the catalogue. */
export const CostTable = z.strictObject({
  schemaVersion: z.literal(costTableVersion),
  rows: z.array(CostProfile),
});
export type CostTable = z.infer<typeof CostTable>;
