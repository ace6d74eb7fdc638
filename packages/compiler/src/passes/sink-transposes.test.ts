import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { opsOf, stepOf } from "../../test/steps.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { simplify } from "./simplify.ts";
import { sinkTransposes } from "./sink-transposes.ts";

const shapes = { x: [2, 3, 4, 5], y: [2, 3, 4, 5], channel: [3], row: [1, 3, 1, 1] };
type Named = Record<keyof typeof shapes, tf.Tensor>;
const perm = [0, 2, 3, 1];
const nhwc = (x: tf.Tensor): tf.Tensor => tf.transpose(x, perm);
const nchw = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 3, 1, 2]);

function sunk(body: (given: Named) => tf.Tensor): Partial<Record<string, number>> {
  const graph = sinkTransposes(trace(stepOf(shapes, (given) => body(given as Named))));
  verify(graph, "sink transposes");
  return opsOf(dropDeadNodes(simplify(graph)));
}

const through: Record<string, [(given: Named) => tf.Tensor, Partial<Record<string, number>>]> = {
  "one-operand work": [({ x }) => nchw(tf.relu(tf.exp(nhwc(x)))), { Exp: 1, Relu: 1 }],
  "two operands turned alike": [({ x, y }) => nchw(tf.add(nhwc(x), nhwc(y))), { Add: 1 }],
  "a number": [({ x }) => nchw(tf.mul(nhwc(x), 2)), { Mul: 1 }],
  "a channel vector": [({ x, channel }) => nchw(tf.mul(nhwc(x), channel)), { Reshape: 1, Mul: 1 }],
  "sums that keep axes": [({ x }) => nchw(tf.sum(nhwc(x), [1, 2], true)), { ReduceSum: 1 }],
  "sums that drop axes": [({ x }) => tf.sum(nhwc(x), [1, 2]), { ReduceSum: 1 }],
  "Concat of parts turned alike": [({ x, y }) => nchw(tf.concat([nhwc(x), nhwc(y)], 3)), { Concat: 1 }],
  Slice: [({ x }) => nchw(tf.slice(nhwc(x), [0, 1, 0, 1], [2, 2, 5, 2])), { Slice: 1 }],
  Pad: [
    ({ x }) =>
      nchw(
        tf.pad(nhwc(x), [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 1],
        ]),
      ),
    { Pad: 1 },
  ],
  Tile: [({ x }) => nchw(tf.tile(nhwc(x), [1, 2, 1, 3])), { Tile: 1 }],
  Softmax: [({ x }) => nchw(tf.softmax(nhwc(x))), { Softmax: 1 }],
};

describe("a transposition sinks through", () => {
  test.each(Object.keys(through))("%s", (name) => {
    const [body, expected] = through[name] as (typeof through)[string];
    expect(sunk(body)).toEqual(expected);
  });
});

describe("a transposition stays before", () => {
  test("a whole operand that is not turned alike: turning it would cost as much", () => {
    expect(sunk(({ x, y }) => tf.add(nhwc(x), tf.reshape(y, [2, 4, 5, 3])))["Transpose"]).toBe(1);
    const graph = sinkTransposes(
      trace(stepOf(shapes, ({ x, y }) => tf.add(nhwc(x as tf.Tensor), tf.reshape(y as tf.Tensor, [2, 4, 5, 3])))),
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(["Transpose", "Reshape", "Add"]);
  });
  test("operands turned differently", () => {
    const graph = sinkTransposes(
      trace(
        stepOf({ x: [3, 3, 3], y: [3, 3, 3] }, ({ x, y }) =>
          tf.add(tf.transpose(x as tf.Tensor, [0, 2, 1]), tf.transpose(y as tf.Tensor, [1, 2, 0])),
        ),
      ),
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(["Transpose", "Transpose", "Add"]);
  });
  test("Concat of parts turned differently, a matrix product, a reshape", () => {
    const bodies: ((given: Named) => tf.Tensor)[] = [
      ({ x, y }) => tf.concat([nhwc(x), tf.reshape(y, [2, 4, 5, 3])], 0),
      ({ x }) => tf.matMul(nhwc(x), tf.ones([2, 4, 3, 7])),
      ({ x }) => tf.reshape(nhwc(x), [8, 15]),
    ];
    for (const body of bodies) {
      const graph = sinkTransposes(trace(stepOf(shapes, (given) => body(given as Named))));
      expect(graph.nodes.at(-1)?.op).not.toBe("Transpose");
    }
  });
});
