import { backend_util, gather_util } from "@tensorflow/tfjs";
import { type Value, sizeOf } from "../../graph/graph.ts";
import { dim } from "../../graph/shape.ts";
import type { KernelRules, Recorder } from "../recorder.ts";

/** Takes from each batch its own elements: batches lie one after the other, so that one index finds batch and element. */
function gatherInBatches(g: Recorder, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    axis,
    batchDims,
  );
  const picks = sizeOf(indices.shape) / batchSize;
  const rows = g.reshape(g.transpose(g.reshape(x, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]), [
    batchSize * dimSize,
    outerSize,
    sliceSize,
  ]);
  const starts = Int32Array.from({ length: batchSize }, (_, batch) => batch * dimSize);
  const flat = g.op("Add", [g.reshape(indices, [batchSize, picks]), g.constant([batchSize, 1], "int32", starts)]);
  const taken = g.op("Gather", [rows, flat], { axis: 0 });
  return g.reshape(g.transpose(taken, [0, 2, 1, 3]), outputShape);
}

/** Kernels that read or write at given indices. */
export const indexing: KernelRules = {
  GatherNd: (g, inputs) => {
    const [params, indices] = [inputs.get("params"), inputs.get("indices")];
    const sized = (x: Value): object => ({ shape: x.shape, rank: x.shape.length, dtype: x.dtype });
    gather_util.prepareAndValidate(sized(params) as never, sized(indices) as never);
    return g.op("GatherND", [params, indices]);
  },
  GatherV2: (g, inputs, { axis, batchDims }) => {
    const [x, indices] = [inputs.get("x"), inputs.get("indices")];
    const at = axis < 0 ? axis + x.shape.length : axis;
    return batchDims ? gatherInBatches(g, x, indices, at, batchDims) : g.op("Gather", [x, indices], { axis: at });
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
    const [indices, updates] = [inputs.get("indices"), inputs.get("updates")];
    const zeros = g.constant(shape, updates.dtype, 0);
    // In one dimension every number is an index of its own, in ONNX the coordinates of a single one.
    const rows = indices.shape.length === 1 ? g.reshape(indices, [...indices.shape, 1]) : indices;
    return g.op("ScatterND", [zeros, rows, updates], { reduction: "add" });
  },
  UnsortedSegmentSum: (g, inputs, { numSegments }) => {
    const [x, ids] = [inputs.get("x"), inputs.get("segmentIds")];
    const rest = x.shape.slice(ids.shape.length);
    const rows = g.reshape(x, [sizeOf(ids.shape), ...rest]);
    // A row whose id is no segment's is left out; ONNX counts negative ids from the end and refuses large ones.
    const id = g.reshape(ids, [dim(rows.shape, 0), 1]);
    const counts = g.op("And", [
      g.op("GreaterOrEqual", [id, g.scalar(0, "int32")]),
      g.op("Less", [id, g.scalar(numSegments, "int32")]),
    ]);
    const wide = g.reshape(counts, [dim(rows.shape, 0), ...rest.map(() => 1)]);
    const zeros = g.constant([numSegments, ...rest], x.dtype, 0);
    return g.op(
      "ScatterND",
      [zeros, g.op("Where", [counts, id, g.scalar(0, "int32")]), g.op("Where", [wide, rows, g.scalar(0, x.dtype)])],
      { reduction: "add" },
    );
  },
};
