import { sizeOf } from "../../graph/graph.ts";
import { dim } from "../../graph/shape.ts";
import type { KernelRules } from "../recorder.ts";

/** Kernels that read or write at given indices. */
export const indexing: KernelRules = {
  GatherNd: (g, inputs) => g.op("GatherND", [inputs.get("params"), inputs.get("indices")]),
  GatherV2: (g, inputs, { axis, batchDims }) => {
    if (batchDims) throw new Error("gather with batchDims cannot be compiled yet");
    const x = inputs.get("x");
    return g.op("Gather", [x, inputs.get("indices")], { axis: axis < 0 ? axis + x.shape.length : axis });
  },
  OneHot: (g, inputs, { dtype, depth, onValue, offValue }) => {
    const indices = inputs.get("indices");
    const classes = g.constant(
      [depth],
      "int32",
      Int32Array.from({ length: depth }, (_, i) => i),
    );
    const hit = g.op("Equal", [g.reshape(indices, [...indices.shape, 1]), classes]);
    return g.op("Where", [hit, g.scalar(onValue, dtype ?? "int32"), g.scalar(offValue, dtype ?? "int32")]);
  },
  ScatterNd: (g, inputs, { shape }) => {
    const updates = inputs.get("updates");
    const zeros = g.constant(shape, updates.dtype, 0);
    return g.op("ScatterND", [zeros, inputs.get("indices"), updates], { reduction: "add" });
  },
  UnsortedSegmentSum: (g, inputs, { numSegments }) => {
    const [x, ids] = [inputs.get("x"), inputs.get("segmentIds")];
    const rows = g.reshape(x, [sizeOf(ids.shape), ...x.shape.slice(ids.shape.length)]);
    const zeros = g.constant([numSegments, ...x.shape.slice(ids.shape.length)], x.dtype, 0);
    return g.op("ScatterND", [zeros, g.reshape(ids, [dim(rows.shape, 0), 1]), rows], { reduction: "add" });
  },
};
