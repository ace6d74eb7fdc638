import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { stepOf } from "../../test/steps.ts";
import { compile } from "../compile.ts";
import { trace } from "../trace/trace.ts";
import { countFlops } from "./flops.ts";

type Shapes = Record<string, number[]>;
type T = tf.Tensor;
type Body = (given: Record<string, T>) => T | { outputs: Record<string, T> };

const flops = (shapes: Shapes, body: Body): number => countFlops(trace(stepOf(shapes, body)));
const executed = (shapes: Shapes, body: Body): number => compile(stepOf(shapes, body)).cost.flopsExecuted;

/** A body that gives the gradients of `forward`'s sum by the inputs named. */
const slopes =
  (names: string[], forward: (given: Record<string, T>) => T): Body =>
  (given) => {
    const sum = (...values: T[]): tf.Scalar =>
      tf.sum(tf.square(forward({ ...given, ...Object.fromEntries(names.map((name, i) => [name, values[i] as T])) })));
    const found = tf.grads(sum)(names.map((name) => given[name] as T));
    return { outputs: Object.fromEntries(names.map((name, i) => [`d${name}`, found[i] as T])) };
  };

describe("a product of matrices costs two for each of its multiply-accumulates", () => {
  test.each([
    [{ a: [3, 5], b: [5, 7] }, false, false, 2 * 3 * 5 * 7],
    [{ a: [5, 3], b: [5, 7] }, true, false, 2 * 3 * 5 * 7],
    [{ a: [3, 5], b: [7, 5] }, false, true, 2 * 3 * 5 * 7],
    [{ a: [4, 3, 5], b: [4, 5, 7] }, false, false, 4 * 2 * 3 * 5 * 7],
    [{ a: [6, 1, 3, 5], b: [4, 5, 7] }, false, false, 6 * 4 * 2 * 3 * 5 * 7],
  ])("%j, transposed %s %s", (shapes: Shapes, transposeA, transposeB, expected) => {
    const body: Body = ({ a, b }) => tf.matMul(a as T, b as T, transposeA, transposeB);
    expect(flops(shapes, body)).toBe(expected);
    expect(executed(shapes, body)).toBe(expected);
  });

  test("and its gradients each as much again", () =>
    expect(
      flops(
        { a: [3, 5], b: [5, 7] },
        slopes(["a", "b"], ({ a, b }) => tf.matMul(a as T, b as T)),
      ),
    ).toBe(3 * 2 * 3 * 5 * 7));

  test("also where bias and factor join it", () => {
    const shapes = { a: [3, 5], b: [5, 7], row: [7] };
    expect(executed(shapes, ({ a, b, row }) => tf.add(tf.matMul(a as T, b as T), row as T))).toBe(2 * 3 * 5 * 7);
    expect(executed(shapes, ({ a, b }) => tf.mul(tf.matMul(a as T, b as T), 0.5))).toBe(2 * 3 * 5 * 7);
  });
});

// x [2,9,8,6], filter [3,2,6,10], stride 2 x 1, valid: y [2,4,7,10]
const image = { x: [2, 9, 8, 6], f: [3, 2, 6, 10] };
const conv = ({ x, f }: Record<string, T>): T => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, [2, 1], "valid");
const convFlops = 2 * (2 * 4 * 7 * 10) * (3 * 2 * 6);

describe("a convolution costs its windows times its outputs", () => {
  test("forward", () => {
    expect(flops(image, conv)).toBe(convFlops);
    expect(executed(image, conv)).toBe(convFlops);
  });
  test("the same again for the gradient of the image, and of the filter", () => {
    // The square that closes the chain needs the forward pass too.
    expect(flops(image, slopes(["x"], conv))).toBe(2 * convFlops);
    expect(flops(image, slopes(["f"], conv))).toBe(2 * convFlops);
    expect(flops(image, slopes(["x", "f"], conv))).toBe(3 * convFlops);
  });
  test("windows over padding count whole, as in torch", () =>
    expect(
      flops({ x: [1, 5, 5, 3], f: [3, 3, 3, 4] }, ({ x, f }) =>
        tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, "same"),
      ),
    ).toBe(2 * (5 * 5 * 4) * (3 * 3 * 3)));
  test("holes cost nothing", () =>
    expect(
      flops({ x: [1, 7, 7, 3], f: [3, 3, 3, 4] }, ({ x, f }) =>
        tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, "valid", "NHWC", 2),
      ),
    ).toBe(2 * (3 * 3 * 4) * (3 * 3 * 3)));
});

describe("the filter's derivative of a derivative costs the taps that autograd computes before it cuts them", () => {
  const pad = [
    [0, 0],
    [2, 2],
    [2, 2],
    [0, 0],
  ];
  const byFilter =
    (strides: number, more = {}): Body =>
    ({ x, dy }) =>
      tf
        .engine()
        .runKernel(
          "Conv2DBackpropFilter",
          { x: x as T, dy: dy as T },
          { strides, pad, filterShape: [4, 4, 3, 6], ...more },
        );
  // Kernel 4, padding 2, as a PatchGAN has it.
  test.each([
    [9, 2, 5, 5],
    [8, 2, 5, 4],
    [9, 1, 10, 4],
  ])("%i pixels by stride %i: %i derivatives a side, %i taps", (size, strides, out, taps) => {
    const shapes = { x: [1, size, size, 3], dy: [1, out, out, 6] };
    expect(flops(shapes, byFilter(strides, { secondOrder: true }))).toBe(2 * out * out * 6 * 3 * taps * taps);
    expect(flops(shapes, byFilter(strides))).toBe(2 * out * out * 6 * 3 * 4 * 4);
    expect(executed(shapes, byFilter(strides, { secondOrder: true }))).toBe(2 * out * out * 6 * 3 * 4 * 4);
  });
});

describe("a depthwise convolution costs one channel's window an output", () => {
  const shapes = { x: [2, 8, 8, 6], f: [3, 3, 6, 2] };
  const depthwise = ({ x, f }: Record<string, T>): T =>
    tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, "same");
  const expected = 2 * (2 * 8 * 8 * 12) * (3 * 3);
  test("forward, and the same for each gradient", () => {
    expect(flops(shapes, depthwise)).toBe(expected);
    expect(executed(shapes, depthwise)).toBe(expected);
    expect(flops(shapes, slopes(["x", "f"], depthwise))).toBe(3 * expected);
  });
});

describe("a transposed convolution costs its windows times its inputs", () => {
  // x [1,4,5,6] to y [1,8,10,3] with filter [3,3,3,6] and stride 2
  const shapes = { x: [1, 4, 5, 6], f: [3, 3, 3, 6] };
  const turned = ({ x, f }: Record<string, T>): T =>
    tf.conv2dTranspose(x as tf.Tensor4D, f as tf.Tensor4D, [1, 8, 10, 3], 2, "same");
  const expected = 2 * (4 * 5 * 6) * (3 * 3 * 3);
  test("forward, and the same for each gradient", () => {
    expect(flops(shapes, turned)).toBe(expected);
    expect(executed(shapes, turned)).toBe(expected);
    expect(flops(shapes, slopes(["x", "f"], turned))).toBe(3 * expected);
  });
});

test("everything else counts nothing", () =>
  expect(
    flops({ x: [4, 8], w: [8] }, ({ x, w }) =>
      tf.softmax(tf.relu(tf.add(tf.mul(tf.exp(x as T), w as T), tf.mean(x as T)))),
    ),
  ).toBe(0));

test("what is counted is the step as written; what runs may differ", () => {
  // One product written twice counts twice, as in eager PyTorch, and is computed once.
  const twice: Body = ({ a, b }) => ({
    outputs: { y: tf.matMul(a as T, b as T), z: tf.neg(tf.matMul(a as T, b as T)) },
  });
  const shapes = { a: [3, 5], b: [5, 7] };
  const { cost } = compile(stepOf(shapes, twice));
  expect([cost.flops, cost.flopsExecuted]).toEqual([2 * 210, 210]);
});

test("parameters, state and nodes of a compiled step", () => {
  const step = stepOf({ x: [2, 3] }, ({ x }, { w }) => tf.matMul(x as T, w as T), { w: [3, 4] });
  const withKinds = {
    ...step,
    state: [
      { ...(step.state[0] as (typeof step.state)[number]), kind: "parameter" },
      { name: "m", shape: [3, 4], dtype: "float32" as const, kind: "slot" },
    ],
  };
  const { cost } = compile(withKinds);
  expect(cost).toEqual({
    flops: 48,
    flopsExecuted: 48,
    winogradFlops: 0,
    // Weight and slot are read, x comes in, the product goes out.
    compulsoryBytes: 4 * (24 + 6 + 8),
    parameters: 12,
    stateBytes: 96,
    nodes: 1,
  });
});
