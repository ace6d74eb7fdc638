import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { at } from "../graph/shape.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { rewrite, useCounts } from "./rewrite.ts";

const graphOf = (body: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): Graph =>
  trace(stepOf({ x: [2, 3], y: [2, 3] }, ({ x, y }) => body(x as tf.Tensor, y as tf.Tensor)));

test("a rule sees inputs as rewritten, and later nodes, outputs and updates follow", () => {
  const graph = graphOf((x) => tf.abs(tf.exp(tf.neg(tf.neg(x)))));
  const result = rewrite(graph, (node, { producer }) => {
    const inner = node.op === "Neg" ? producer(at(node.inputs, 0)) : undefined;
    return inner?.op === "Neg" ? at(inner.inputs, 0) : undefined;
  });
  verify(result, "the rule");
  const exp = result.nodes.find(({ op }) => op === "Exp");
  expect(exp?.inputs[0]).toBe(graph.inputs[0]?.value);
  expect(opsOf(result)).toEqual({ Neg: 1, Exp: 1, Abs: 1 });
});

test("new nodes name the tfjs kernel of the node they replace, and new constants are declared", () => {
  const result = rewrite(
    graphOf((x) => tf.neg(x)),
    (node, { op, constant }) => op("Mul", [at(node.inputs, 0), constant([], "float32", -1)]),
  );
  verify(result, "the rule");
  expect(result.nodes.map(({ op, kernel }) => [op, kernel])).toEqual([["Mul", "Neg"]]);
});

test("a rule that gives another shape or type is refused", () => {
  const graph = graphOf((x) => tf.neg(x));
  expect(() => rewrite(graph, (node, { op }) => op("Reshape", node.inputs, { shape: [6] }))).toThrow(
    "Neg gives float32 [2,3], its replacement float32 [6]",
  );
  expect(() => rewrite(graph, (node, { op }) => op("Cast", node.inputs, { to: "int32" }))).toThrow(
    "Neg gives float32 [2,3], its replacement int32 [2,3]",
  );
});

test("uses count nodes, outputs and updates", () => {
  const graph = trace(
    stepOf(
      { x: [3] },
      ({ x }, { w }) => {
        const value = tf.mul(x as tf.Tensor, w as tf.Tensor);
        return { outputs: { y: value, z: tf.square(value) }, state: { w: value } };
      },
      { w: [3] },
    ),
  );
  // output y, update w, and both operands of the square
  expect(useCounts(graph).get(graph.nodes[0]?.output as never)).toBe(4);
});
