import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import type { StepFunction } from "../program.ts";
import { dataFlow } from "./data-flow.ts";

type Tensors = Record<string, tf.Tensor>;

const step = (shapes: Record<string, number[]>, body: (state: Tensors, x: tf.Tensor) => Tensors): StepFunction => ({
  name: "example",
  inputs: [{ name: "x", shape: [1, 4], dtype: "float32" }],
  state: Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: "float32" })),
  apply: (state, inputs) => ({ state: {}, outputs: body(state, inputs["x"]!) }),
});

const lines = (of: StepFunction): string[] => {
  const { blocks, edges } = dataFlow(of);
  return blocks.map(({ kind, name, repeat, parameters, flops }, i) => {
    const sources = edges.filter(({ to }) => to === i).map(({ from }) => blocks[from]!.name);
    return `${kind} ${name} ×${repeat} ${parameters} ${flops} <- ${sources.join()}`;
  });
};

test("equal layers in a row are one box, what follows is another, and a residual is an edge", () => {
  const shapes = {
    "stem.weight": [4, 4],
    "layers.0.weight": [4, 4],
    "layers.1.weight": [4, 4],
    "layers.2.weight": [4, 4],
    "head.weight": [4, 2],
  };
  const found = lines(
    step(shapes, (state, x) => {
      const stem = tf.relu(tf.matMul(x, state["stem.weight"]!));
      const deep = [0, 1, 2].reduce<tf.Tensor>((h, i) => tf.relu(tf.matMul(h, state[`layers.${i}.weight`]!)), stem);
      return { y: tf.matMul(tf.add(deep, x), state["head.weight"]!) };
    }),
  );
  expect(found).toEqual([
    "input x ×1 0 0 <- ",
    "module stem ×1 16 32 <- x",
    "module layers.0 ×2 32 64 <- stem",
    "module layers.2 ×1 16 32 <- x,layers.0",
    "module head ×1 8 16 <- layers.2",
    "output y ×1 0 0 <- head",
  ]);
});

test("a module that gets its own result back through another has a second box, its parameters counted once", () => {
  const found = lines(
    step({ "a.weight": [4, 4], "b.weight": [4, 4] }, (state, x) => {
      const first = tf.matMul(x, state["a.weight"]!);
      const between = tf.matMul(first, state["b.weight"]!);
      return { y: tf.matMul(between, state["a.weight"]!) };
    }),
  );
  expect(found.slice(1, 4)).toEqual(["module a ×1 16 32 <- x", "module b ×1 16 32 <- a", "module a ×1 0 32 <- b"]);
});

test("what no output needs is not drawn", () => {
  const found = lines(
    step({ "a.weight": [4, 4], "b.weight": [4, 4] }, (state, x) => {
      tf.matMul(x, state["b.weight"]!);
      return { y: tf.matMul(x, state["a.weight"]!) };
    }),
  );
  expect(found.join("\n")).not.toContain("module b");
});

test("reads TensorFlow's names too, and keeps a module closed that holds more than a drawing can show", () => {
  const deep = Array.from({ length: 20 }, (_, i) => `net/Deep/conv${i}_${i}x/weights`);
  const shapes = Object.fromEntries([...deep, "net/Head/weights"].map((name) => [name, [4, 4]]));
  const found = lines(
    step(shapes, (state, x) => ({
      y: tf.matMul(
        deep.reduce<tf.Tensor>((h, name) => tf.matMul(h, state[name]!), x),
        state["net/Head/weights"]!,
      ),
    })),
  );
  expect(found.slice(1, 3)).toEqual(["module net/Deep ×1 320 640 <- x", "module net/Head ×1 16 32 <- net/Deep"]);
});
