import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { fuseGelu } from "./fuse-gelu.ts";

const cdf = (x: tf.Tensor, changes: { factor?: number; half?: number; one?: number } = {}): tf.Tensor =>
  tf.mul(tf.add(tf.erf(tf.mul(x, changes.factor ?? Math.SQRT1_2)), changes.one ?? 1), changes.half ?? 0.5);

function fused(
  body: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | { outputs: Record<string, tf.Tensor> },
): Partial<Record<string, number>> {
  const graph = fuseGelu(trace(stepOf({ x: [3, 4], y: [3, 4] }, ({ x, y }) => body(x as tf.Tensor, y as tf.Tensor))));
  verify(graph, "fuse gelu");
  return opsOf(dropDeadNodes(graph));
}

const apart = { Mul: 3, Erf: 1, Add: 1 };

test("x times its normal distribution becomes Gelu, on either side", () => {
  expect(fused((x) => tf.mul(x, cdf(x)))).toEqual({ Gelu: 1 });
  expect(fused((x) => tf.mul(cdf(x), x))).toEqual({ Gelu: 1 });
});

describe("stays apart", () => {
  test("when it is the distribution of something else", () =>
    expect(fused((x, y) => tf.mul(y, cdf(x)))).toEqual(apart));
  test.each([{ factor: 0.7 }, { half: 0.25 }, { one: 2 }])("with another constant: %j", (changes) =>
    expect(fused((x) => tf.mul(x, cdf(x, changes)))).toEqual(apart),
  );
  test("when something else, such as a gradient, reads a part of it", () => {
    expect(
      fused((x) => {
        const shared = cdf(x);
        return { outputs: { shared, y: tf.mul(x, shared) } };
      }),
    ).toEqual(apart);
    const gradient = fused((x) => tf.grad((z: tf.Tensor) => tf.sum(tf.mul(z, cdf(z))))(x));
    expect(gradient["Gelu"]).toBeUndefined();
  });
  test("when a constant widens the result", () =>
    expect(
      fused((x) => tf.mul(x, tf.mul(tf.add(tf.erf(tf.mul(x, tf.fill([2, 3, 4], Math.SQRT1_2))), 1), 0.5))),
    ).toEqual(apart));
});
