import { backend_util } from "@tensorflow/tfjs";
import type { Attributes, Value } from "../../graph/graph.ts";
import { dim } from "../../graph/shape.ts";
import type { KernelAttributes, KernelRule, KernelRules, Recorder } from "../recorder.ts";
import { padsOf } from "./windows.ts";

type Info = backend_util.Conv2DInfo;

function info(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: KernelAttributes): Info {
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

function attributesOf(i: Info): Attributes {
  return {
    kernel_shape: [i.filterHeight, i.filterWidth],
    strides: [i.strideHeight, i.strideWidth],
    pads: padsOf(i),
  };
}

/** The lowest float32, which stands for "no element". */
const lowest = -3.4028234663852886e38;

const pool =
  (op: "MaxPool" | "AveragePool"): KernelRule =>
  (g, inputs, attributes) => {
    const x = inputs.get("x");
    const i = info(x.shape, attributes);
    const padding = attributesOf(i);
    const [top, left, bottom, right] = padsOf(i);
    const covered = windowSizes(i);
    if (
      Math.max(top, bottom) < i.filterHeight &&
      Math.max(left, right) < i.filterWidth &&
      covered.every((elements) => elements > 0)
    )
      return g.transpose(g.op(op, [g.transpose(x, [0, 3, 1, 2])], padding), [0, 2, 3, 1]);
    // onnxruntime refuses padding as wide as the window: pad first. The average of nothing is NaN, as in tfjs;
    // the largest of nothing is the lowest number, where tfjs has -Infinity.
    const padded = g.transpose(padTo(g, x, i, op === "MaxPool" ? lowest : 0), [0, 3, 1, 2]);
    const pooled = g.transpose(g.op(op, [padded], { ...padding, pads: [0, 0, 0, 0] }), [0, 2, 3, 1]);
    if (op === "MaxPool") return pooled;
    const shares = covered.map((elements) => (i.filterHeight * i.filterWidth) / elements);
    return g.op("Mul", [pooled, g.constant([1, i.outHeight, i.outWidth, 1], "float32", shares)]);
  };

/** The elements that tap (row, column) of every window sees: a strided cut of the padded NHWC image. */
function tap(g: Recorder, padded: Value, i: Info, row: number, column: number): Value {
  return g.op("Slice", [padded], {
    starts: [0, row, column, 0],
    ends: [
      dim(padded.shape, 0),
      row + (i.outHeight - 1) * i.strideHeight + 1,
      column + (i.outWidth - 1) * i.strideWidth + 1,
      dim(padded.shape, 3),
    ],
    steps: [1, i.strideHeight, i.strideWidth, 1],
  });
}

/** Size of the padded image that all windows cover, at least the padded image itself. */
const extent = (i: Info): [number, number] => [
  Math.max((i.outHeight - 1) * i.strideHeight + i.filterHeight, i.inHeight + i.padInfo.top),
  Math.max((i.outWidth - 1) * i.strideWidth + i.filterWidth, i.inWidth + i.padInfo.left),
];

function padTo(g: Recorder, x: Value, i: Info, value: number): Value {
  const [height, width] = extent(i);
  const { top, left } = i.padInfo;
  return g.op("Pad", [x], {
    pads: [0, top, left, 0, 0, height - i.inHeight - top, width - i.inWidth - left, 0],
    mode: "constant",
    value,
  });
}

/** Puts `y` (one number a window) back where tap (row, column) read it, zeros between. */
function untap(g: Recorder, y: Value, i: Info, row: number, column: number): Value {
  const [height, width] = extent(i);
  const [n, c] = [dim(y.shape, 0), dim(y.shape, 3)];
  const { outHeight: oh, outWidth: ow, strideHeight: sh, strideWidth: sw } = i;
  const rows =
    sh === 1
      ? y
      : g.reshape(
          g.op("Pad", [g.reshape(y, [n, oh, 1, ow, c])], {
            pads: [0, 0, 0, 0, 0, 0, 0, sh - 1, 0, 0],
            mode: "constant",
            value: 0,
          }),
          [n, oh * sh, ow, c],
        );
  const both =
    sw === 1
      ? rows
      : g.reshape(
          g.op("Pad", [g.reshape(rows, [n, oh * sh, ow, 1, c])], {
            pads: [0, 0, 0, 0, 0, 0, 0, 0, sw - 1, 0],
            mode: "constant",
            value: 0,
          }),
          [n, oh * sh, ow * sw, c],
        );
  const [usedH, usedW] = [(oh - 1) * sh + 1, (ow - 1) * sw + 1];
  const used = g.slice(both, [0, 0, 0, 0], [n, usedH, usedW, c]);
  return g.op("Pad", [used], {
    pads: [0, row, column, 0, 0, height - row - usedH, width - column - usedW, 0],
    mode: "constant",
    value: 0,
  });
}

function cropBack(g: Recorder, x: Value, i: Info): Value {
  return g.slice(x, [0, i.padInfo.top, i.padInfo.left, 0], [dim(x.shape, 0), i.inHeight, i.inWidth, dim(x.shape, 3)]);
}

function* taps(i: Info): Generator<[number, number]> {
  for (let row = 0; row < i.filterHeight; row++)
    for (let column = 0; column < i.filterWidth; column++) yield [row, column];
}

/** Max and average pooling with their gradients, written as one sum over the taps of the window. */
export const pooling: KernelRules = {
  AvgPool: pool("AveragePool"),
  AvgPoolGrad: (g, inputs, attributes) => {
    const [dy, x] = [inputs.get("dy"), inputs.get("input")];
    const i = info(x.shape, attributes);
    // Padding does not count in the average: each window divides by the elements it really covers.
    const covered = windowSizes(i);
    const share = g.op("Div", [dy, g.constant([1, i.outHeight, i.outWidth, 1], "float32", covered)]);
    const parts = [...taps(i)].map(([row, column]) => untap(g, share, i, row, column));
    return cropBack(
      g,
      parts.reduce((a, b) => g.op("Add", [a, b])),
      i,
    );
  },
  MaxPool: pool("MaxPool"),
  MaxPoolGrad: (g, inputs, attributes) => {
    const [dy, x, y] = [inputs.get("dy"), inputs.get("input"), inputs.get("output")];
    const i = info(x.shape, attributes);
    const padded = padTo(g, x, i, lowest);
    // The gradient goes to the first element that reaches the maximum, as in tfjs and PyTorch.
    let free: Value | undefined;
    const parts: Value[] = [];
    for (const [row, column] of taps(i)) {
      const reaches = g.op("GreaterOrEqual", [tap(g, padded, i, row, column), y]);
      const first = free ? g.op("And", [reaches, free]) : reaches;
      parts.push(untap(g, g.op("Where", [first, dy, g.scalar(0)]), i, row, column));
      const left = g.op("Not", [reaches]);
      free = free ? g.op("And", [free, left]) : left;
    }
    return cropBack(
      g,
      parts.reduce((a, b) => g.op("Add", [a, b])),
      i,
    );
  },
};

/** Number of real (unpadded) elements under each window. */
function windowSizes(i: Info): Float32Array {
  const covered = (out: number, stride: number, pad: number, filter: number, size: number): number[] =>
    Array.from({ length: out }, (_, index) => {
      const start = index * stride - pad;
      return Math.max(0, Math.min(start + filter, size) - Math.max(start, 0));
    });
  const rows = covered(i.outHeight, i.strideHeight, i.padInfo.top, i.filterHeight, i.inHeight);
  const columns = covered(i.outWidth, i.strideWidth, i.padInfo.left, i.filterWidth, i.inWidth);
  return Float32Array.from(rows.flatMap((r) => columns.map((c) => r * c)));
}
