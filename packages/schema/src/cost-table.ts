import { z } from "zod";
import { ModelPath, Phase, Size } from "./ids.ts";

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

export const CostTable = z.strictObject({
  schemaVersion: z.literal(1),
  rows: z.array(z.strictObject({ model: ModelPath, phase: Phase, size: Size, batch: z.int().positive(), cost: Cost })),
});
export type CostTable = z.infer<typeof CostTable>;
