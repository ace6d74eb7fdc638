import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { stepOf } from "../../test/steps.ts";
import { trace } from "../trace/trace.ts";
import { countFlops } from "./flops.ts";
import { countWinogradFlops } from "./winograd.ts";

type Given = Record<string, tf.Tensor>;

const counts = (
  side: number,
  strides: number,
  dilations: number,
  gradients = false,
): [all: number, winograd: number] => {
  const forward = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, "same", "NHWC", dilations);
  const body = ({ x, w }: Given) => {
    if (!gradients) return forward(x!, w!);
    const [dx, dw] = tf.grads((a, b) => tf.sum(tf.square(forward(a!, b!))))([x!, w!]);
    return { outputs: { dx: dx!, dw: dw! } };
  };
  const graph = trace(stepOf({ x: [2, 8, 8, 3], w: [side, side, 3, 5] }, body));
  return [countFlops(graph), countWinogradFlops(graph)];
};

test("3×3 with stride 1 counts, forward and both gradients", () => {
  const [all, winograd] = counts(3, 1, 1);
  expect([all, winograd]).toEqual([2 * 2 * 64 * 5 * 27, all]);
  expect(counts(3, 1, 1, true)).toEqual([3 * all, 3 * all]);
});

test.each([
  [1, 1, 1],
  [5, 1, 1],
  [3, 2, 1],
  [3, 1, 2],
])("a filter of %i, stride %i, dilation %i does not", (side, strides, dilations) => {
  const [all, winograd] = counts(side, strides, dilations);
  expect(all).toBeGreaterThan(0);
  expect(winograd).toBe(0);
});
