import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { matchRanks } from "./match-ranks.ts";

function matched(shape: number[], other: number[]): Graph {
  const step = stepOf({ x: shape, other }, ({ x, other: by }) => tf.mul(tf.add(x as tf.Tensor, by as tf.Tensor), 0.9));
  const graph = matchRanks(trace(step));
  verify(graph, "match ranks");
  return graph;
}

const operands = (graph: Graph): number[][][] =>
  graph.nodes
    .filter(({ op }) => op === "Add" || op === "Mul")
    .map(({ inputs }) => inputs.map(({ shape }) => [...shape]));

test("beside axes of size 1 behind others, scalars and vectors get every axis", () => {
  expect(operands(matched([8, 4, 1, 1], []))).toEqual([
    [
      [8, 4, 1, 1],
      [1, 1, 1, 1],
    ],
    [
      [8, 4, 1, 1],
      [1, 1, 1, 1],
    ],
  ]);
  expect(operands(matched([8, 4, 1, 3], [3]))[0]).toEqual([
    [8, 4, 1, 3],
    [1, 1, 1, 3],
  ]);
});

test("other shapes stay as they are", () => {
  for (const shape of [[8, 4, 3, 3], [1, 1, 4], [1, 1], []]) {
    const plain = trace(stepOf({ x: shape }, ({ x }) => tf.mul(x as tf.Tensor, 0.9)));
    expect(matchRanks(plain).nodes).toEqual(plain.nodes);
  }
});
