import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { fuseGelu } from "./fuse-gelu.ts";

interface Constants {
  factor?: tf.Tensor | number;
  half?: number;
  one?: number;
}
const twiceCdf = (x: tf.Tensor, { factor, one }: Constants = {}): tf.Tensor =>
  tf.add(tf.erf(tf.mul(x, factor ?? Math.SQRT1_2)), one ?? 1);
const gelu = (x: tf.Tensor, constants: Constants = {}): tf.Tensor =>
  tf.mul(tf.mul(x, twiceCdf(x, constants)), constants.half ?? 0.5);

function fused(
  body: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | { outputs: Record<string, tf.Tensor> },
): Partial<Record<string, number>> {
  const graph = fuseGelu(trace(stepOf({ x: [3, 4], y: [3, 4] }, ({ x, y }) => body(x as tf.Tensor, y as tf.Tensor))));
  verify(graph, "fuse gelu");
  return opsOf(dropDeadNodes(graph));
}

const apart = { Mul: 3, Erf: 1, Add: 1 };

test("x times its normal distribution becomes Gelu, on either side", () => {
  expect(fused((x) => gelu(x))).toEqual({ Gelu: 1 });
  expect(fused((x) => tf.mul(tf.mul(twiceCdf(x), x), 0.5))).toEqual({ Gelu: 1 });
});

test("what a gradient reads of it is computed for the gradient alone", () => {
  const shared = (x: tf.Tensor): Record<string, tf.Tensor> => {
    const cdf = twiceCdf(x);
    return { cdf, y: tf.mul(tf.mul(x, cdf), 0.5) };
  };
  expect(fused((x) => ({ outputs: shared(x) }))).toEqual({ Gelu: 1, Mul: 1, Erf: 1, Add: 1 });
  const counts = fused((x) => tf.grad((z: tf.Tensor) => tf.sum(tf.square(gelu(z))))(x));
  expect(counts).toMatchObject({ Gelu: 1, Erf: 1 });
});

describe("stays apart", () => {
  test("when it is the distribution of something else", () =>
    expect(fused((x, y) => tf.mul(tf.mul(y, twiceCdf(x)), 0.5))).toEqual(apart));
  test.each([{ factor: 0.7 }, { half: 0.25 }, { one: 2 }])("with another constant: %j", (constants) =>
    expect(fused((x) => gelu(x, constants))).toEqual(apart),
  );
  test("when something else reads the product", () => {
    expect(
      fused((x) => {
        const product = tf.mul(x, twiceCdf(x));
        return { outputs: { product, y: tf.mul(product, 0.5) } };
      }),
    ).toEqual(apart);
  });
  test("when a constant widens the result", () =>
    expect(fused((x) => gelu(x, { factor: tf.fill([2, 3, 4], Math.SQRT1_2) }))).toEqual(apart));
});
