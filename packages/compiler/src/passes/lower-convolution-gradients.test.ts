import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { numbers } from "../../test/expect-same.ts";
import { runGraph } from "../../test/run-compiled.ts";
import { opsOf, stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { ops } from "../graph/ops.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { lowerConvolutionGradients } from "./lower-convolution-gradients.ts";

/** Both gradients of one convolution: x [n,6,6,4]. */
function lowered(filter: number[], strides: number, pad: "same" | "valid", depthwise = false, n = 1): Graph {
  const step = stepOf({ x: [n, 6, 6, 4], f: filter }, ({ x, f }) => {
    const conv = depthwise ? tf.depthwiseConv2d : tf.conv2d;
    const [dx, df] = tf.grads((image: tf.Tensor, kernel: tf.Tensor) =>
      tf.sum(conv(image as tf.Tensor4D, kernel as tf.Tensor4D, strides, pad)),
    )([x as tf.Tensor, f as tf.Tensor]);
    return { outputs: { dx: dx as tf.Tensor, df: df as tf.Tensor } };
  });
  const graph = lowerConvolutionGradients(trace(step));
  verify(graph, "lowering");
  return dropDeadNodes(graph);
}

test("no logical operation is left", () => {
  for (const strides of [1, 2])
    for (const pad of ["same", "valid"] as const)
      for (const graph of [lowered([3, 3, 4, 5], strides, pad), lowered([3, 3, 4, 2], strides, pad, true)])
        expect(graph.nodes.filter(({ op }) => ops[op].logical)).toEqual([]);
});

describe("the gradient of the image", () => {
  test("is a plain convolution with the turned filter at stride 1", () => {
    const counts = opsOf(lowered([3, 3, 4, 5], 1, "same"));
    expect(counts["ConvTranspose"]).toBeUndefined();
    expect(counts["Conv"]).toBe(1);
  });
  test("turns the images where the filter is larger", () => {
    const turned = (graph: Graph): number[][] =>
      graph.nodes
        .filter(({ op, attributes }) => op === "Slice" && (attributes["steps"] as number[]).includes(-1))
        .map(({ output }) => [...output.shape]);
    expect(turned(lowered([3, 3, 4, 5], 1, "same"))).toEqual([[5, 4, 3, 3]]);
    expect(turned(lowered([3, 3, 4, 50], 1, "same"))).toEqual([[50, 4, 3, 3]]);
    expect(turned(lowered([5, 5, 4, 50], 1, "same"))).toEqual([
      [1, 50, 6, 6],
      [1, 4, 6, 6],
    ]);
    expect(turned(lowered([1, 1, 4, 5], 1, "same"))).toEqual([]);
  });
  test("is a transposed convolution at stride 2, and in groups", () => {
    expect(opsOf(lowered([3, 3, 4, 5], 2, "same"))["ConvTranspose"]).toBe(1);
    expect(opsOf(lowered([3, 3, 4, 2], 1, "same", true))["ConvTranspose"]).toBe(1);
  });
  test("has the same padding on both sides, as CUDA wants it", () => {
    const transposed = [2, 3, 4, 5].flatMap((size) =>
      [2, 3].flatMap((strides) =>
        (["same", "valid"] as const).flatMap((pad) =>
          lowered([size, size, 4, 5], strides, pad).nodes.filter(({ op }) => op === "ConvTranspose"),
        ),
      ),
    );
    expect(transposed).toHaveLength(16);
    for (const { attributes } of transposed) {
      const pads = attributes["pads"] as number[];
      expect(pads.slice(0, 2)).toEqual(pads.slice(2));
    }
  });
});

test("the gradient of the filter is one matrix product", () => {
  expect(opsOf(lowered([3, 3, 4, 5], 1, "same"))["MatMul"]).toBe(1);
  expect(opsOf(lowered([1, 1, 4, 5], 1, "valid"))["Concat"]).toBeUndefined();
});

describe("of large images, the gradient of the filter is products of few taps each", () => {
  const shape = [2, 9, 8, 12];
  test.each([
    { taps: "the image's channels", filter: [3, 3, 12, 13], strides: 1, products: 3 },
    { taps: "the result's channels", filter: [3, 3, 12, 11], strides: 1, products: 3 },
    { taps: "the image's channels, at stride 2", filter: [2, 5, 12, 3], strides: 2, products: 4 },
  ])("$taps", async ({ filter, strides, products }) => {
    const logical = trace(
      stepOf({ x: shape, f: filter }, (given) => {
        const image = given["x"] as tf.Tensor4D;
        const df = tf.grad((f: tf.Tensor) => tf.sum(tf.square(tf.conv2d(image, f as tf.Tensor4D, strides, "same"))));
        return { outputs: { df: df(given["f"] as tf.Tensor) } };
      }),
    );
    const some = lowerConvolutionGradients(logical, 0);
    verify(some, "lowering");
    expect(opsOf(some)["MatMul"]).toBe(products);
    const given = { x: numbers(shape), f: numbers(filter) };
    const { df: expected } = await runGraph(lowerConvolutionGradients(logical), given);
    const { df: found } = await runGraph(some, given);
    expect(found?.shape).toEqual(filter);
    const largest = Math.max(...(expected?.data ?? []));
    found?.data.forEach((value, i) => expect(Math.abs(value - expected!.data[i]!)).toBeLessThan(1e-5 * largest));
  });
});

test("the images of a batch lie end to end where the filter is larger, and are summed after where it is not", () => {
  expect(opsOf(lowered([3, 3, 4, 50], 1, "same", false, 3))).toMatchObject({ ReduceSum: 1 });
  expect(opsOf(lowered([5, 5, 4, 50], 1, "same", false, 3))["ReduceSum"]).toBeUndefined();
});

test("a graph without convolutions stays as it is", () => {
  const graph = trace(stepOf({ x: [2, 3] }, ({ x }) => tf.grad((z: tf.Tensor) => tf.sum(tf.tanh(z)))(x as tf.Tensor)));
  expect(lowerConvolutionGradients(graph).nodes).toEqual(graph.nodes);
});
