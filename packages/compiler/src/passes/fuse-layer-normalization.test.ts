import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import type { Graph } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { fuseLayerNormalization } from "./fuse-layer-normalization.ts";

const shapes = { x: [2, 3, 4], w: [4], b: [4], one: [1], thin: [2, 3, 1], other: [2, 3, 4] };
type Named = Record<keyof typeof shapes, tf.Tensor>;

function fused(body: (given: Named) => tf.Tensor | { outputs: Record<string, tf.Tensor> }): Graph {
  const graph = fuseLayerNormalization(trace(stepOf(shapes, (given) => body(given as Named))));
  verify(graph, "fuse layer normalization");
  return dropDeadNodes(graph);
}
const isFused = (...given: Parameters<typeof fused>): boolean => opsOf(fused(...given))["LayerNormalization"] === 1;

interface Parts {
  centred: tf.Tensor;
  scale: tf.Tensor;
}
function parts(x: tf.Tensor, { axis = -1, epsilon = 1e-6 as tf.TensorLike, of = x } = {}): Parts {
  const centred = tf.sub(x, tf.mean(of, axis, true));
  return { centred, scale: tf.rsqrt(tf.add(tf.mean(tf.square(centred), axis, true), epsilon)) };
}
const normal = (...given: Parameters<typeof parts>): tf.Tensor => {
  const { centred, scale } = parts(...given);
  return tf.mul(centred, scale);
};

describe("becomes one LayerNormalization", () => {
  test("with its epsilon", () => {
    const graph = fused(({ x, w, b }) => tf.add(tf.mul(normal(x), w), b));
    expect(opsOf(graph)).toEqual({ LayerNormalization: 1 });
    expect(graph.nodes[0]?.attributes).toEqual({ epsilon: Math.fround(1e-6) });
  });
  test("in every order of its operands", () => {
    expect(isFused(({ x, w, b }) => tf.add(b, tf.mul(w, normal(x))))).toBe(true);
    expect(
      isFused(({ x, w, b }) => {
        const { centred, scale } = parts(x);
        return tf.add(tf.mul(tf.mul(scale, centred), w), b);
      }),
    ).toBe(true);
  });
});

const apart: Record<string, (given: Named) => tf.Tensor | { outputs: Record<string, tf.Tensor> }> = {
  "the mean is of another axis": ({ x, w, b }) => tf.add(tf.mul(normal(x, { axis: 1 }), w), b),
  "the mean is of something else": ({ x, w, b, other }) => tf.add(tf.mul(normal(x, { of: other }), w), b),
  "epsilon is a tensor": ({ x, w, b, one }) => tf.add(tf.mul(normal(x, { epsilon: one as never }), w), b),
  "there is no weight": ({ x, b }) => tf.add(normal(x), b),
  "weight and bias are one number wide": ({ x, one }) => tf.add(tf.mul(normal(x), one), one),
  "weight and bias widen the last axis": ({ thin, w, b }) => tf.add(tf.mul(normal(thin), w), b),
  "weight is one number wide": ({ x, one, b }) => tf.add(tf.mul(normal(x), one), b),
  "the bias is a whole tensor": ({ x, w, other }) => tf.add(tf.mul(normal(x), w), other),
  "the scale is of something else": ({ x, w, b, other }) =>
    tf.add(tf.mul(tf.mul(parts(x).centred, parts(other).scale), w), b),
  "something else, such as a gradient, reads the normal values": ({ x, w, b }) => {
    const kept = normal(x);
    return { outputs: { kept, y: tf.add(tf.mul(kept, w), b) } };
  },
  "something else reads the centred values": ({ x, w, b }) => {
    const { centred, scale } = parts(x);
    return { outputs: { centred, y: tf.add(tf.mul(tf.mul(centred, scale), w), b) } };
  },
};

describe("stays as it is when", () => {
  test.each(Object.keys(apart))("%s", (name) => expect(isFused(apart[name] as never)).toBe(false));
});
