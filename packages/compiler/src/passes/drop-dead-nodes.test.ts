import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";

test("leaves out what no output and no update needs, with its constants", () => {
  const graph = trace(
    stepOf({ x: [3] }, ({ x }) => {
      tf.tanh(tf.mul(x as tf.Tensor, tf.tensor([1, 2, 3])));
      return tf.add(x as tf.Tensor, tf.tensor([4, 5, 6]));
    }),
  );
  expect(opsOf(graph)).toEqual({ Mul: 1, Tanh: 1, Add: 1 });
  const kept = dropDeadNodes(graph);
  expect(opsOf(kept)).toEqual({ Add: 1 });
  expect([...kept.constants.values()]).toEqual([Float32Array.of(4, 5, 6)]);
});

test("keeps what only an update needs, what is used twice, and every input and state tensor", () => {
  const graph = trace(
    stepOf(
      { x: [3], unused: [2] },
      ({ x }, { w }) => {
        const twice = tf.exp(x as tf.Tensor);
        return { outputs: { y: tf.neg(twice) }, state: { w: tf.sub(w as tf.Tensor, twice) } };
      },
      { w: [3], frozen: [4] },
    ),
  );
  const kept = dropDeadNodes(graph);
  expect(kept.nodes).toEqual(graph.nodes);
  expect(kept.inputs.map(({ name }) => name)).toEqual(["x", "unused"]);
  expect(kept.state.map(({ name }) => name)).toEqual(["w", "frozen"]);
});

test("keeps a constant that is itself an output", () => {
  const graph = trace(stepOf({ x: [3] }, () => tf.tensor([7, 8])));
  expect([...dropDeadNodes(graph).constants.values()]).toEqual([Float32Array.of(7, 8)]);
});
