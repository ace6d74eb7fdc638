import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { stepOf } from "../../test/steps.ts";
import { compile } from "../compile.ts";

type T = tf.Tensor;
interface Given {
  x: T;
  w: T;
  m: T;
}
type Result = { outputs?: Record<string, T>; state?: Record<string, T> };

const inPlace = (body: (given: Given) => Result): string[] =>
  compile(
    stepOf({ x: [2, 3] }, ({ x }, { w, m }) => body({ x: x as T, w: w as T, m: m as T }), { w: [2, 3], m: [2, 3] }),
  ).inPlace;

describe("may be written over", () => {
  test("state that only the node that replaces it reads", () =>
    expect(inPlace(({ x, m }) => ({ state: { m: tf.add(m, x) } }))).toEqual(["m"]));
  test("state whose every other reader is needed for its next value", () =>
    expect(inPlace(({ x, w }) => ({ state: { w: tf.sub(w, tf.softmax(tf.mul(w, x))) } }))).toEqual(["w"]));
  test("state read through a view that is needed for its next value", () =>
    expect(
      inPlace(({ x, w }) => ({ state: { w: tf.sub(w, tf.reshape(tf.tanh(tf.reshape(w, [3, 2])), [2, 3]).mul(x)) } })),
    ).toEqual(["w"]));
  test("a slot, while the parameter that the rest of the step reads may not", () =>
    expect(
      inPlace(({ x, w, m }) => {
        const next = tf.add(tf.mul(m, 0.9), tf.tanh(tf.mul(w, x)));
        return { outputs: { y: tf.exp(w) }, state: { m: next, w: tf.sub(w, next) } };
      }),
    ).toEqual(["m"]));
  test("both, when each one's readers come first", () =>
    expect(
      inPlace(({ x, w, m }) => {
        const next = tf.add(tf.mul(m, 0.9), x);
        return { state: { m: next, w: tf.sub(w, next) } };
      }),
    ).toEqual(["m", "w"]));
});

const unsafe: Record<string, (given: Given) => Result> = {
  "another node, which may run later, reads it": ({ x, m }) => ({
    outputs: { y: tf.exp(m) },
    state: { m: tf.add(m, x) },
  }),
  "another node reads it through a view": ({ x, m }) => ({
    outputs: { y: tf.exp(tf.reshape(m, [6])) },
    state: { m: tf.add(m, x) },
  }),
  "another node reads it through a view of a view": ({ x, m }) => ({
    outputs: { y: tf.sum(tf.transpose(tf.reshape(tf.tile(tf.reshape(m, [1, 2, 3]), [4, 1, 1]), [4, 6]))) },
    state: { m: tf.add(m, x) },
  }),
  "it is itself an output": ({ x, m }) => ({ outputs: { y: m }, state: { m: tf.add(m, x) } }),
  "a view of it is an output": ({ x, m }) => ({ outputs: { y: tf.reshape(m, [6]) }, state: { m: tf.add(m, x) } }),
  "its old value lives on as other state": ({ x, w, m }) => ({ state: { m: tf.add(m, tf.mul(w, x)), w: m } }),
  "two tensors trade places": ({ w, m }) => ({ state: { m: w, w: m } }),
  "its next value is an input": ({ x }) => ({ state: { m: x } }),
  "its next value is a constant": () => ({ state: { m: tf.zeros([2, 3]) } }),
  "its next value is also an output": ({ x, m }) => {
    const next = tf.add(m, x);
    return { outputs: { y: next }, state: { m: next } };
  },
  "two updates have one value": ({ x, w, m }) => {
    const next = tf.add(tf.mul(m, w), x);
    return { state: { m: next, w: next } };
  },
  "the node that replaces it is a product of matrices": ({ x, m }) => ({
    state: { m: tf.matMul(tf.matMul(m, x, false, true), m) },
  }),
  "the node that replaces it moves elements": ({ m }) => ({ state: { m: tf.reverse(m, [1]) } }),
  "the node that replaces it works along an axis": ({ m }) => ({ state: { m: tf.softmax(m) } }),
  "another state's update, which its own does not need, reads it": ({ x, w, m }) => ({
    state: { m: tf.add(m, x), w: tf.add(tf.mul(w, x), tf.sum(m)) },
  }),
};

describe("may not be written over when", () => {
  test.each(Object.keys(unsafe))("%s", (name) => expect(inPlace(unsafe[name] as never)).not.toContain("m"));
});
