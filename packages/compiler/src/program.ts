import type { Cost, TensorSpec } from "@epochmark/schema";
import type { Tensor } from "@tensorflow/tfjs";
import type { Graph } from "./graph/graph.ts";

/** A pure function of tfjs ops: what a plugin's phase is to the compiler. */
export interface StepFunction {
  name: string;
  state: TensorSpec[];
  inputs: TensorSpec[];
  /** `state` in the result holds only the tensors that the step replaced. */
  apply(
    state: Record<string, Tensor>,
    inputs: Record<string, Tensor>,
  ): { state: Record<string, Tensor>; outputs: Record<string, Tensor> };
}

/** Host arrays by tensor name, row-major. */
export type Arrays = Record<string, Float32Array | Int32Array | Uint32Array>;

/** A compiled step: its graph, the function it came from, what it costs. `(state, inputs) -> (state, outputs)`. */
export interface Program {
  name: string;
  step: StepFunction;
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  /** State that the step replaces: lives in the session between steps. */
  state: TensorSpec[];
  /** State that the step only reads: becomes constant in the session. */
  frozen: TensorSpec[];
  graph: Graph;
  /** Replaced state, by name, whose next value may be written over the old one while the step runs. */
  inPlace: string[];
  cost: Cost;
  compileMs: number;
}
