import { z } from "zod";
import { Name } from "./text.ts";

/** A box of a network's data flow: an input, an output, or a module of the official code with what it costs. */
export const FlowBlock = z.strictObject({
  kind: z.enum(["input", "module", "output"]),
  /** Name of the input or output, or the module's path in the official checkpoint: `blocks.0`. */
  name: Name(200).min(1),
  /** How many equal modules in a row the box stands for; then `name` is the first and `last` the last. */
  repeat: z.int().positive(),
  last: Name(200).min(1).nullable(),
  /** Learned numbers of all of them; a module that runs twice counts them the first time. */
  parameters: z.int().nonnegative(),
  /** FLOPs of all of them for one sample (2 × multiply-accumulate). */
  flops: z.number().nonnegative(),
  /** Shape of what leaves the box, batch first. */
  shape: z.array(z.int().nonnegative()).max(8),
});
export type FlowBlock = z.infer<typeof FlowBlock>;

/** How data runs through a network at inference, drawn from its traced graph. `edges` lead to later blocks only. */
export const DataFlow = z.strictObject({
  blocks: z.array(FlowBlock).min(2).max(120),
  edges: z.array(z.strictObject({ from: z.int().nonnegative(), to: z.int().positive() })),
});
export type DataFlow = z.infer<typeof DataFlow>;
