import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { numbers } from "../../test/expect-same.ts";
import { runGraph } from "../../test/run-compiled.ts";
import { stepOf } from "../../test/steps.ts";
import { compile } from "../compile.ts";
import type { StepFunction } from "../program.ts";
import { verify } from "../graph/verify.ts";

const given = (shapes: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { ...numbers(shape), shape }]));

/** A convolution, a bias, a rectifier and another product: forward, and the gradients by both weights. */
const shapes = { x: [2, 8, 8, 3], filter: [3, 3, 3, 4], bias: [4], w: [256, 5] };
const network = stepOf(shapes, ({ x, filter, bias, w }) => {
  const loss = (f: tf.Tensor, v: tf.Tensor): tf.Scalar => {
    const maps = tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, "same"), bias as tf.Tensor));
    const logits = tf.matMul(tf.reshape(maps, [2, 256]), v as tf.Tensor2D);
    return tf.mean(tf.square(tf.softmax(tf.mul(logits, 0.05))));
  };
  const { value, grads } = tf.valueAndGrads(loss)([filter as tf.Tensor, w as tf.Tensor]);
  return { outputs: { value, filter: grads[0] as tf.Tensor, w: grads[1] as tf.Tensor } };
});

test("computes what single precision does, to about the eleven bits of a half", async () => {
  const single = await runGraph(compile(network).graph, given(shapes));
  const mixed = await runGraph(compile(network, { precision: "fp16" }).graph, given(shapes));
  for (const [name, { data }] of Object.entries(single)) {
    const found = mixed[name]?.data as Float32Array;
    expect(found, name).toBeInstanceOf(Float32Array);
    const scale = Math.max(...[...data].map(Math.abs));
    const off = Math.max(...[...data].map((value, i) => Math.abs(value - (found[i] ?? NaN)) / scale));
    if (name === "w") expect(off, "that anything was done in halves").toBeGreaterThan(1e-6);
    expect(off, name).toBeLessThan(1e-2);
  }
});

test("products are in halves, and what lies between them; softmax, the loss, inputs and outputs are not", () => {
  const { graph } = compile(network, { precision: "fp16" });
  verify(graph, "halves");
  const typesOf = (op: string) =>
    new Set(graph.nodes.filter((node) => node.op === op).map(({ output }) => output.dtype));
  for (const op of ["Conv", "MatMul", "Gemm", "Relu"]) expect([...typesOf(op)], op).not.toContain("float32");
  expect([...typesOf("Conv")]).toEqual(["float16"]);
  expect([...typesOf("Softmax")]).toEqual(["float32"]);
  for (const { value } of [...graph.inputs, ...graph.outputs]) expect(value.dtype).toBe("float32");
});

test("optimizer arithmetic stays in single precision: an update smaller than a half can add is kept", async () => {
  const step: StepFunction = {
    name: "update",
    inputs: [{ name: "x", shape: [1, 4], dtype: "float32" }],
    state: [{ name: "w", shape: [4, 1], dtype: "float32" }],
    apply: ({ w }, { x }) => ({
      outputs: { y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D) },
      state: { w: tf.add(w as tf.Tensor, tf.mul(tf.transpose(x as tf.Tensor2D), 1e-5)) },
    }),
  };
  const { graph } = compile(step, { precision: "fp16" });
  const ones = Float32Array.of(1, 1, 1, 1);
  const results = await runGraph(graph, { x: { shape: [1, 4], data: ones }, w: { shape: [4, 1], data: ones } });
  expect(results["w"]?.data[0]).toBeCloseTo(1.00001, 7);
});

test("a graph without products is left as it is", () => {
  const { graph } = compile(
    stepOf({ x: [3] }, ({ x }) => tf.relu(x as tf.Tensor)),
    { precision: "fp16" },
  );
  expect(graph.nodes.map(({ op }) => op)).toEqual(["Relu"]);
});
