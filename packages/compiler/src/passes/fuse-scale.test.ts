import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { fuseScale } from "./fuse-scale.ts";
import { simplify } from "./simplify.ts";

const shapes = { a: [2, 3, 4], b: [2, 4, 5], row: [4] };
type Named = Record<keyof typeof shapes, tf.Tensor>;

function fused(body: (given: Named) => tf.Tensor | { outputs: Record<string, tf.Tensor> }): Graph {
  const graph = dropDeadNodes(fuseScale(simplify(trace(stepOf(shapes, (given) => body(given as Named))))));
  verify(graph, "fuse scale");
  return graph;
}
const alphaOf = (graph: Graph): unknown => graph.nodes.find(({ op }) => op === "MatMul")?.attributes["alpha"];

describe("a factor joins the product", () => {
  test("from the result, either operand, or all three", () => {
    const all = fused(({ a, b }) => tf.mul(0.5, tf.matMul(tf.mul(a, 3), tf.mul(5, b))));
    expect(opsOf(all)).toEqual({ MatMul: 1 });
    expect(alphaOf(all)).toBe(7.5);
    expect(alphaOf(fused(({ a, b }) => tf.mul(tf.matMul(a, b), -2)))).toBe(-2);
    expect(alphaOf(fused(({ a, b }) => tf.matMul(a, tf.mul(b, 0.25))))).toBe(0.25);
  });
  test("and a factor more than once multiplies", () =>
    expect(alphaOf(fused(({ a, b }) => tf.mul(tf.mul(tf.matMul(a, b), 2), 3)))).toBe(6));
  test("while others still read the scaled operand", () => {
    const graph = fused(({ a, b }) => {
      const scaled = tf.mul(a, 3);
      return { outputs: { scaled, y: tf.matMul(scaled, b) } };
    });
    expect(opsOf(graph)).toEqual({ Mul: 1, MatMul: 1 });
    expect(alphaOf(graph)).toBe(3);
  });
});

describe("a factor stays apart", () => {
  test("when something else reads the plain product", () => {
    const graph = fused(({ a, b }) => {
      const product = tf.matMul(a, b);
      return { outputs: { product, y: tf.mul(product, 2) } };
    });
    expect(opsOf(graph)).toEqual({ MatMul: 1, Mul: 1 });
    expect(alphaOf(graph)).toBeUndefined();
  });
  test("when it is not one number", () => {
    const graph = fused(({ a, b, row }) => tf.mul(tf.matMul(tf.mul(a, row), b), [1, 2, 3, 4, 5]));
    expect(opsOf(graph)).toEqual({ Mul: 2, MatMul: 1 });
    expect(alphaOf(graph)).toBeUndefined();
  });
  test("when it widens what it multiplies", () => {
    const graph = fused(({ a, b }) => tf.mul(tf.matMul(a, b), tf.fill([7, 1, 1, 1], 2)));
    expect(opsOf(graph)["Mul"]).toBe(1);
    expect(alphaOf(graph)).toBeUndefined();
  });
});
