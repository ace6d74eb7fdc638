import { util } from "@tensorflow/tfjs";
import type { OpName } from "../../graph/ops.ts";
import type { Value } from "../../graph/graph.ts";
import type { KernelRule, KernelRules, Recorder } from "../recorder.ts";

const axesOf = (axis: number | number[] | null | undefined, shape: readonly number[]): number[] =>
  util.parseAxisParam(axis ?? shape.map((_, i) => i), [...shape]);

function reduced(g: Recorder, op: OpName, x: Value, axes: number[], keepdims: boolean): Value {
  if (axes.length > 0) return g.op(op, [x], { axes, keepdims });
  return x;
}

const reduce =
  (op: OpName): KernelRule =>
  (g, inputs, { axis, reductionIndices, keepDims }) => {
    const x = inputs.get("x");
    return reduced(g, op, x, axesOf(axis ?? reductionIndices, x.shape), Boolean(keepDims));
  };

/** `all` and `any` through the minimum and maximum of 0 and 1. */
const logical =
  (op: OpName): KernelRule =>
  (g, inputs, { axis, keepDims }) => {
    const x = inputs.get("x");
    const found = reduced(g, op, g.cast(x, "float32"), axesOf(axis, x.shape), Boolean(keepDims));
    return g.op("Greater", [found, g.scalar(0.5)]);
  };

const argument =
  (op: OpName): KernelRule =>
  (g, inputs, { axis }) => {
    const x = inputs.get("x");
    return g.op(op, [x.dtype === "bool" ? g.cast(x, "int32") : x], { axis: axesOf(axis, x.shape)[0] ?? 0 });
  };

/** Kernels that fold axes. */
export const reduction: KernelRules = {
  All: logical("ReduceMin"),
  Any: logical("ReduceMax"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  Cumsum: (g, inputs, { axis, exclusive, reverse }) => {
    const x = inputs.get("x");
    return g.op("CumSum", [x], {
      axis: axesOf(axis, x.shape)[0] ?? 0,
      exclusive: Boolean(exclusive),
      reverse: Boolean(reverse),
    });
  },
  Max: reduce("ReduceMax"),
  Mean: (g, inputs, { axis, keepDims }) => {
    const x = g.cast(inputs.get("x"), "float32");
    return reduced(g, "ReduceMean", x, axesOf(axis, x.shape), Boolean(keepDims));
  },
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  Sum: reduce("ReduceSum"),
};
