import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { stepOf } from "../../test/steps.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { dropDeadNodes } from "./drop-dead-nodes.ts";
import { joinFilterGradients } from "./join-filter-gradients.ts";
import { simplify } from "./simplify.ts";
import { sinkTransposes } from "./sink-transposes.ts";

type Image = tf.Tensor4D;

/** Gradient of one filter [2,2,4,outputs] that is used on images a [1,3,3,4], b [2,3,3,4] and large [1,9,9,4]. */
function joined(outputs: number, loss: (filter: Image, given: Record<"a" | "b" | "large", Image>) => tf.Scalar): Graph {
  const shapes = { a: [1, 3, 3, 4], b: [2, 3, 3, 4], large: [1, 9, 9, 4], f: [2, 2, 4, outputs] };
  const step = stepOf(shapes, (given) =>
    tf.grad((filter: tf.Tensor) => loss(filter as Image, given as never))(given["f"] as tf.Tensor),
  );
  const graph = joinFilterGradients(dropDeadNodes(simplify(sinkTransposes(simplify(trace(step))))));
  verify(graph, "join filter gradients");
  return dropDeadNodes(graph);
}

const gradients = (graph: Graph): Node[] => graph.nodes.filter(({ op }) => op === "ConvFilterGrad");
const squares = (x: Image, filter: Image, strides = 1): tf.Scalar =>
  tf.sum(tf.square(tf.conv2d(x, filter, strides, "valid")));
const sum = (...parts: tf.Scalar[]): tf.Scalar => parts.reduce((all, part) => tf.add(all, part));

test("batches that one filter saw give one gradient", () => {
  const [only, ...others] = gradients(joined(60, (f, { a, b }) => sum(squares(a, f), squares(b, f), squares(a, f))));
  expect(others).toEqual([]);
  expect(only?.inputs.map(({ shape }) => shape[0])).toEqual([4, 4]);
});

test("other strides, and images that are larger than the filter, keep their own", () => {
  expect(gradients(joined(60, (f, { a, b }) => sum(squares(a, f), squares(b, f, 2))))).toHaveLength(2);
  expect(gradients(joined(60, (f, { a, large }) => sum(squares(a, f), squares(large, f))))).toHaveLength(2);
  expect(gradients(joined(2, (f, { a, b }) => sum(squares(a, f), squares(b, f))))).toHaveLength(2);
});
