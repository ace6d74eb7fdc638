import { backend_util, slice_util, util } from "@tensorflow/tfjs";
import { sizeOf } from "../../graph/graph.ts";
import type { Value } from "../../graph/graph.ts";
import { dim } from "../../graph/shape.ts";
import type { KernelRules, Recorder } from "../recorder.ts";

/** The elements of `x` in reverse order along `axes`. */
function reverse(g: Recorder, x: Value, axes: readonly number[]): Value {
  const turned = (i: number): boolean => axes.includes(i);
  return g.op("Slice", [x], {
    starts: x.shape.map((n, i) => (turned(i) ? n - 1 : 0)),
    ends: x.shape.map((n, i) => (turned(i) ? -n - 1 : n)),
    steps: x.shape.map((_, i) => (turned(i) ? -1 : 1)),
  });
}

const axisOf = (axis: number | undefined, shape: readonly number[]): number =>
  util.parseAxisParam(axis ?? 0, [...shape])[0] ?? 0;

function concat(g: Recorder, parts: readonly Value[], axis: number): Value {
  backend_util.assertParamsConsistent(
    parts.map((x) => [...x.shape]),
    axis,
  );
  const full = parts.filter((x) => dim(x.shape, axis) > 0);
  if (full.length === 0) return parts[0] as Value;
  return full.length === 1 ? (full[0] as Value) : g.op("Concat", full, { axis });
}

/** Mirrors `before` and `after` elements along one axis; `offset` 1 leaves the edge out (reflect), 0 repeats it (symmetric). */
function mirrorAxis(g: Recorder, x: Value, axis: number, before: number, after: number, offset: number): Value {
  const part = (start: number, size: number): Value =>
    reverse(
      g,
      g.slice(
        x,
        x.shape.map((_, i) => (i === axis ? start : 0)),
        x.shape.map((n, i) => (i === axis ? size : n)),
      ),
      [axis],
    );
  const n = dim(x.shape, axis);
  return concat(
    g,
    [...(before > 0 ? [part(offset, before)] : []), x, ...(after > 0 ? [part(n - after - offset, after)] : [])],
    axis,
  );
}

/** Kernels that move elements without changing them. */
export const shape: KernelRules = {
  BatchToSpaceND: (g, inputs, { blockShape, crops }) => {
    const x = inputs.get("x");
    const blocks = sizeOf(blockShape);
    const reshaped = backend_util.getReshaped([...x.shape], blockShape, blocks);
    const permuted = backend_util.getPermuted(reshaped.length, blockShape.length);
    const permutedShape = backend_util.getReshapedPermuted([...x.shape], blockShape, blocks);
    const joined = g.reshape(g.transpose(g.reshape(x, reshaped), permuted), permutedShape);
    const starts = backend_util.getSliceBeginCoords(crops, blockShape.length);
    const sizes = backend_util.getSliceSize(permutedShape, crops, blockShape.length);
    return g.slice(
      joined,
      joined.shape.map((_, i) => starts[i] ?? 0),
      joined.shape.map((n, i) => sizes[i] ?? n),
    );
  },
  Concat: (g, inputs, { axis }) => {
    const parts = inputs.all();
    return concat(g, parts, axisOf(axis, parts[0]?.shape ?? []));
  },
  DepthToSpace: (g, inputs, { blockSize, dataFormat }) => {
    if (dataFormat !== "NHWC") throw new Error("depthToSpace is compiled for NHWC only");
    const x = inputs.get("x");
    const [n, h, w, c] = [0, 1, 2, 3].map((i) => dim(x.shape, i)) as [number, number, number, number];
    const depth = c / (blockSize * blockSize);
    const split = g.reshape(x, [n, h, w, blockSize, blockSize, depth]);
    return g.reshape(g.transpose(split, [0, 1, 3, 2, 4, 5]), [n, h * blockSize, w * blockSize, depth]);
  },
  ExpandDims: (g, inputs, { dim: at }) => {
    const x = inputs.get("input");
    const target = [...x.shape];
    util.assert(at >= -x.shape.length - 1, () => `expandDims of [${x.shape.join()}] has no axis ${at}`);
    target.splice(at < 0 ? x.shape.length + 1 + at : at, 0, 1);
    return g.reshape(x, target);
  },
  MirrorPad: (g, inputs, { paddings, mode }) => {
    const pads = paddings as [number, number][];
    return pads.reduce(
      (x, [before, after], axis) => mirrorAxis(g, x, axis, before, after, mode === "reflect" ? 1 : 0),
      inputs.get("x"),
    );
  },
  Pack: (g, inputs, { axis }) => {
    const parts = inputs.all();
    const at = axis < 0 ? axis + (parts[0]?.shape.length ?? 0) + 1 : axis;
    return concat(
      g,
      parts.map((x) => g.reshape(x, x.shape.toSpliced(at, 0, 1))),
      at,
    );
  },
  PadV2: (g, inputs, { paddings, constantValue }) => {
    const x = inputs.get("x");
    const pads = paddings as [number, number][];
    if (pads.every(([before, after]) => before + after === 0)) return x;
    if (sizeOf(x.shape) === 0)
      return g.constant(
        x.shape.map((n, i) => n + (pads[i]?.[0] ?? 0) + (pads[i]?.[1] ?? 0)),
        x.dtype,
        constantValue,
      );
    return g.op("Pad", [x], {
      pads: [...pads.map(([before]) => before), ...pads.map(([, after]) => after)],
      mode: "constant",
      value: constantValue,
    });
  },
  Reshape: (g, inputs, { shape: target }) => {
    const x = inputs.get("x");
    return g.reshape(x, util.inferFromImplicitShape(target, sizeOf(x.shape)));
  },
  Reverse: (g, inputs, { dims }) => {
    const x = inputs.get("x");
    const axes = util.parseAxisParam(dims, [...x.shape]);
    return axes.length === 0 || x.shape.length === 0 ? x : reverse(g, x, axes);
  },
  Slice: (g, inputs, { begin, size }) => {
    const x = inputs.get("x");
    const [starts, sizes] = slice_util.parseSliceParams(
      { shape: [...x.shape], rank: x.shape.length } as never,
      begin,
      size,
    ) as [number[], number[]];
    slice_util.assertParamsValid({ shape: [...x.shape], rank: x.shape.length } as never, starts, sizes);
    return g.slice(x, starts, sizes);
  },
  SpaceToBatchND: (g, inputs, { blockShape, paddings }) => {
    const x = inputs.get("x");
    const rank = x.shape.length;
    const pads: [number, number][] = [
      [0, 0],
      ...paddings,
      ...Array.from({ length: rank - 1 - blockShape.length }, (): [number, number] => [0, 0]),
    ];
    const padded = pads.every(([a, b]) => a + b === 0)
      ? x
      : g.op("Pad", [x], { pads: [...pads.map(([a]) => a), ...pads.map(([, b]) => b)], mode: "constant", value: 0 });
    const blocks = sizeOf(blockShape);
    const reshaped = backend_util.getReshaped([...padded.shape], blockShape, blocks, false);
    const permuted = backend_util.getPermuted(reshaped.length, blockShape.length, false);
    const target = backend_util.getReshapedPermuted([...padded.shape], blockShape, blocks, false);
    return g.reshape(g.transpose(g.reshape(padded, reshaped), permuted), target);
  },
  SplitV: (g, inputs, { numOrSizeSplits, axis }) => {
    const x = inputs.get("x");
    const at = axisOf(axis, x.shape);
    const sizes = backend_util.prepareSplitSize({ shape: [...x.shape] } as never, numOrSizeSplits, at);
    let start = 0;
    return sizes.map((size) => {
      const part = g.slice(
        x,
        x.shape.map((_, i) => (i === at ? start : 0)),
        x.shape.map((n, i) => (i === at ? size : n)),
      );
      start += size;
      return part;
    });
  },
  StridedSlice: (g, inputs, { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask }) => {
    const x = inputs.get("x");
    const info = slice_util.sliceInfo(
      [...x.shape],
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    const cut = g.op("Slice", [x], {
      starts: info.begin,
      ends: info.end.map((stop, i) => ((info.strides[i] ?? 1) < 0 && stop < 0 ? -dim(x.shape, i) - 1 : stop)),
      steps: info.strides,
    });
    return g.reshape(cut, info.finalShape);
  },
  Tile: (g, inputs, { reps }) => g.op("Tile", [inputs.get("x")], { repeats: reps }),
  Transpose: (g, inputs, { perm }) => g.transpose(inputs.get("x"), perm),
  Unpack: (g, inputs, { axis }) => {
    const x = inputs.get("value");
    const at = axis < 0 ? axis + x.shape.length : axis;
    return Array.from({ length: dim(x.shape, at) }, (_, index) =>
      g.reshape(
        g.slice(
          x,
          x.shape.map((_n, i) => (i === at ? index : 0)),
          x.shape.map((n, i) => (i === at ? 1 : n)),
        ),
        x.shape.toSpliced(at, 1),
      ),
    );
  },
};
