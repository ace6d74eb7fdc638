import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { simplify } from "./simplify.ts";

type Body = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

/** Operations left after simplification; x is [2,3,4], y is [4]. */
function left(body: Body): Partial<Record<string, number>> {
  let graph = trace(stepOf({ x: [2, 3, 4], y: [4] }, ({ x, y }) => body(x as tf.Tensor, y as tf.Tensor)));
  graph = simplify(graph);
  verify(graph, "simplify");
  return opsOf(dropDeadNodes(graph));
}

const matrix = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [6, 4]);

const dropped: Record<string, [Body, Partial<Record<string, number>>]> = {
  "x + 0, 0 + x, x - 0, x * 1, 1 * x, x / 1": [
    (x) => tf.div(tf.mul(1, tf.mul(tf.sub(tf.add(0, tf.add(x, 0)), 0), 1)), 1),
    {},
  ],
  "a neutral tensor of ones or zeros": [(x) => tf.add(tf.mul(x, tf.ones([2, 3, 4])), tf.zeros([4])), {}],
  "a neutral tensor that widens: only the widening stays": [(_, y) => tf.mul(y, tf.ones([5, 4])), { Expand: 1 }],
  "arithmetic of uniform constants": [
    (x) => tf.mul(x, tf.div(tf.sub(tf.mul(tf.add(tf.ones([4]), 2), 3), 1), 4)),
    { Mul: 1 },
  ],
  "views of uniform constants": [
    (x) => tf.mul(x, tf.slice(tf.transpose(tf.reshape(tf.fill([12, 2], 3), [6, 4])), [0, 0], [4, 1]).reshape([4])),
    { Mul: 1 },
  ],
  "Tile that widens, which becomes Expand": [
    (x) => tf.tile(tf.sum(x, 1, true), [1, 7, 1]),
    { ReduceSum: 1, Expand: 1 },
  ],
  "Expand beside a whole operand": [
    (x, y) => tf.add(x, tf.tile(tf.reshape(y, [1, 1, 4]), [1, 3, 1])),
    { Reshape: 1, Add: 1 },
  ],
  "Reshape of Reshape": [(x) => tf.neg(tf.reshape(tf.reshape(x, [24]), [4, 6])), { Reshape: 1, Neg: 1 }],
  "Reshape there and back": [(x) => tf.reshape(tf.reshape(x, [24]), [2, 3, 4]), {}],
  "Transpose there and back": [(x) => tf.transpose(tf.transpose(x, [2, 0, 1]), [1, 2, 0]), {}],
  "Transpose of Transpose": [(x) => tf.transpose(tf.transpose(x, [2, 0, 1]), [2, 0, 1]), { Transpose: 1 }],
  "Transpose that moves an axis of size 1": [(_, y) => tf.transpose(tf.reshape(y, [4, 1])), { Reshape: 1 }],
  "Transpose of a product's operand": [(x) => tf.matMul(matrix(x), tf.transpose(matrix(x))), { Reshape: 2, MatMul: 1 }],
  "a sum over axes of size 1": [(_, y) => tf.sum(tf.reshape(y, [1, 4, 1]), [0, 2]), {}],
  "x + (-y) and (-y) + x": [(x, y) => tf.add(tf.neg(y), tf.add(x, tf.neg(y))), { Sub: 2 }],
  "a slice of the whole": [(x) => tf.slice(x, [0, 0, 0], [2, 3, 4]), {}],
  "a tile of one": [(x) => tf.tile(x, [1, 1, 1]), {}],
  "work on a widened value, which is widened after": [
    (_, y) => tf.sum(tf.sqrt(tf.broadcastTo(y, [5, 4])), 0),
    { Reshape: 1, Sqrt: 1, Expand: 1, ReduceSum: 1 },
  ],
};

describe("drops", () => {
  test.each(Object.keys(dropped))("%s", (name) => {
    const [body, expected] = dropped[name] as (typeof dropped)[string];
    expect(left(body)).toEqual(expected);
  });
});

test("a widened operand is computed small", () => {
  const graph = simplify(trace(stepOf({ y: [4] }, ({ y }) => tf.sqrt(tf.broadcastTo(y as tf.Tensor, [5, 4])))));
  expect(graph.nodes.find(({ op }) => op === "Sqrt")?.output.shape).toEqual([1, 4]);
});

const kept: Record<string, Body> = {
  "0 - x": (x) => tf.sub(0, x),
  "1 / x": (x) => tf.div(1, x),
  "x * 0, which is not 0 where x is not finite": (x) => tf.mul(x, 0),
  "x + 1 and x * 2": (x) => tf.mul(tf.add(x, 1), 2),
  "a constant that is not uniform": (x) => tf.mul(x, [1, 1, 1, 2]),
  "a constant that widens": (_, y) => tf.mul(y, tf.fill([5, 4], 2)),
  "a transposition that moves data": (x) => tf.transpose(x, [0, 2, 1]),
  "a product's operand whose batch axes moved": (x) => tf.matMul(tf.transpose(x, [1, 0, 2]), tf.ones([3, 4, 2]).add(1)),
  "a real sum": (x) => tf.sum(x, 0),
  "a tile of more than one element": (x) => tf.tile(x, [1, 2, 1]),
  "a real slice": (x) => tf.slice(x, [0, 0, 1], [2, 3, 3]),
  "a reversal, which keeps the shape": (x) => tf.reverse(x, [0]),
};

describe("leaves alone", () => {
  test.each(Object.keys(kept))("%s", (name) => {
    const body = kept[name] as Body;
    const graph = dropDeadNodes(
      trace(stepOf({ x: [2, 3, 4], y: [4] }, ({ x, y }) => body(x as tf.Tensor, y as tf.Tensor))),
    );
    const dynamic = opsOf(graph);
    const after = left(body);
    for (const op of ["Sub", "Div", "Transpose", "ReduceSum", "Slice", "MatMul", "Tile"] as const)
      expect(after[op], op).toBe(dynamic[op]);
    expect(Object.keys(after).length).toBeGreaterThan(0);
  });
});
