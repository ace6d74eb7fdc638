import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { fuseBias } from "./fuse-bias.ts";
import { fuseScale } from "./fuse-scale.ts";

const shapes = {
  x: [2, 3],
  w: [3, 4],
  row: [4],
  flat: [1, 4],
  column: [2, 1],
  whole: [2, 4],
  wide: [5, 1, 4],
  deep: [6, 2, 3],
};
type Named = Record<keyof typeof shapes, tf.Tensor>;

function fused(
  body: (given: Named) => tf.Tensor | { outputs: Record<string, tf.Tensor> },
  before = (g: Graph) => g,
): Graph {
  const graph = dropDeadNodes(fuseBias(before(trace(stepOf(shapes, (given) => body(given as Named))))));
  verify(graph, "fuse bias");
  return graph;
}

describe("a bias joins its product", () => {
  test("as row [n] and [1, n], on either side", () => {
    expect(opsOf(fused(({ x, w, row }) => tf.add(tf.matMul(x, w), row)))).toEqual({ Gemm: 1 });
    expect(opsOf(fused(({ x, w, flat }) => tf.add(flat, tf.matMul(x, w))))).toEqual({ Gemm: 1 });
  });
  test("with the product's transposes", () => {
    const graph = fused(({ x, w, row }) => tf.add(tf.matMul(tf.transpose(x), tf.transpose(w), true, true), row));
    expect(graph.nodes.at(-1)?.attributes).toEqual({ transposeA: true, transposeB: true });
  });
  test("with the product's factor", () => {
    const graph = fused(({ x, w, row }) => tf.add(tf.mul(tf.matMul(x, w), 0.5), row), fuseScale);
    expect(opsOf(graph)).toEqual({ Gemm: 1 });
    expect(graph.nodes.at(-1)?.attributes["alpha"]).toBe(0.5);
  });
});

describe("a bias stays apart", () => {
  test.each(["column", "whole", "wide"] as const)("when it is a %s", (name) =>
    expect(opsOf(fused((given) => tf.add(tf.matMul(given.x, given.w), given[name])))).toEqual({ MatMul: 1, Add: 1 }),
  );
  test("when it is a number", () =>
    expect(opsOf(fused(({ x, w }) => tf.add(tf.matMul(x, w), 0.5)))).toEqual({ MatMul: 1, Add: 1 }));
  test("when something else reads the product", () =>
    expect(
      opsOf(
        fused(({ x, w, row }) => {
          const product = tf.matMul(x, w);
          return { outputs: { product, y: tf.add(product, row) } };
        }),
      ),
    ).toEqual({ MatMul: 1, Add: 1 }));
  test("when the product is batched", () =>
    expect(opsOf(fused(({ deep, w, row }) => tf.add(tf.matMul(deep, w), row)))["Gemm"]).toBeUndefined());
  test("when the product is added to itself", () =>
    expect(
      opsOf(
        fused(({ x, w }) => {
          const product = tf.matMul(x, w);
          return tf.add(product, product);
        }),
      ),
    ).toEqual({ MatMul: 1, Add: 1 }));
});
