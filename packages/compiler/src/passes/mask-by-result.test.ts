import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { stepOf } from "../../test/steps.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { maskByResult } from "./mask-by-result.ts";

/** What makes the values that a step compares with 0. */
function compared(body: (x: tf.Tensor) => tf.Tensor | { outputs: Record<string, tf.Tensor> }): string[] {
  const graph = maskByResult(trace(stepOf({ x: [3, 4] }, ({ x }) => body(x as tf.Tensor))));
  verify(graph, "mask by result");
  return graph.nodes
    .filter(({ op }) => op === "Greater")
    .map(({ inputs: [value] }) => graph.nodes.find(({ output }) => output === value)?.op ?? "input");
}

const gradient = (of: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
  tf.grad((z: tf.Tensor) => tf.sum(tf.square(of(tf.mul(z, 2)))))(x);

test("the gradient of a rectifier reads its result", () => {
  expect(compared(gradient((z) => tf.relu(z)))).toEqual(["Relu"]);
  expect(compared(gradient((z) => tf.leakyRelu(z, 0.2)))).toEqual(["LeakyRelu"]);
});

test("it reads the input where that is kept for something else, or grows below 0", () => {
  expect(compared(gradient((z) => tf.mul(tf.relu(z), tf.square(z))))).toEqual(["Mul"]);
  expect(compared(gradient((z) => tf.leakyRelu(z, -0.2)))).toEqual(["Mul"]);
});

test("other comparisons stay as they are", () => {
  expect(compared((x) => tf.cast(tf.greater(tf.add(x, 1), 0.5), "float32"))).toEqual(["Add"]);
  const both = (x: tf.Tensor): Record<string, tf.Tensor> => {
    const moved = tf.add(x, 1);
    return { y: tf.relu(moved), z: tf.cast(tf.greater(moved, 0.5), "float32") };
  };
  expect(compared((x) => ({ outputs: both(x) }))).toEqual(["Add"]);
});
