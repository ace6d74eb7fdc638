import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { trace } from "../trace/trace.ts";
import { mergeEqualNodes } from "./merge-equal-nodes.ts";

const merged = (body: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor[]): Partial<Record<string, number>> => {
  const graph: Graph = trace(
    stepOf({ x: [2, 3], y: [2, 3] }, ({ x, y }) => ({
      outputs: Object.fromEntries(body(x as tf.Tensor, y as tf.Tensor).map((value, i) => [`y${i}`, value])),
    })),
  );
  return opsOf(mergeEqualNodes(graph));
};

describe("equal nodes become one", () => {
  test("along whole chains", () =>
    expect(merged((x) => [tf.tanh(tf.exp(x)), tf.sin(tf.tanh(tf.exp(x)))])).toEqual({ Exp: 1, Tanh: 1, Sin: 1 }));
  test("with equal constants, made separately", () =>
    expect(merged((x) => [tf.add(x, [1, 2, 3]), tf.neg(tf.add(x, [1, 2, 3]))])).toEqual({ Add: 1, Neg: 1 }));
});

describe("nodes stay apart that differ in", () => {
  test("operands", () => expect(merged((x, y) => [tf.exp(x), tf.exp(y)])).toEqual({ Exp: 2 }));
  test("the order of operands", () => expect(merged((x, y) => [tf.sub(x, y), tf.sub(y, x)])).toEqual({ Sub: 2 }));
  test("attributes", () =>
    expect(merged((x) => [tf.sum(x, 0), tf.sum(x, 1), tf.sum(x, 1, true)])).toEqual({ ReduceSum: 3 }));
  test("constants", () => expect(merged((x) => [tf.add(x, 1), tf.add(x, 2)])).toEqual({ Add: 2 }));
  test("infinities and zeros, which JSON confuses", () => {
    const pad = (x: tf.Tensor, value: number): tf.Tensor =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 0],
        ],
        value,
      );
    expect(merged((x) => [pad(x, Infinity), pad(x, -Infinity), pad(x, NaN)])).toEqual({ Pad: 3 });
    expect(merged((x) => [pad(x, 0), pad(x, -0)])).toEqual({ Pad: 2 });
    expect(merged((x) => [pad(x, Infinity), tf.neg(pad(x, Infinity))])).toEqual({ Pad: 1, Neg: 1 });
  });
});
