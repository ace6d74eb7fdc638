import { type Arrays, type Program, type StepFunction, compile } from "@epochmark/compiler";
import * as tf from "@tensorflow/tfjs";

type Tensors = Record<string, tf.Tensor>;
type Spec = StepFunction["inputs"][number];

const spec = (name: string, shape: number[], dtype: Spec["dtype"] = "float32"): Spec => ({ name, shape, dtype });

/** Numbers without pattern in about ±scale, the same on every run. */
export function numbers(size: number, seed: number, scale = 1): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * 12.9898 + seed * 78.233));
}

/** How an optimizer moves one parameter: `slots` are its own memory, by name, and come back with their next value. */
interface Rule {
  slots: string[];
  update(p: tf.Tensor, g: tf.Tensor, slots: Tensors, lr: tf.Tensor): { p: tf.Tensor; slots: Tensors };
}

const adamLike = (decay: number): Rule => ({
  slots: ["m", "v"],
  update(p, g, { m, v }, lr) {
    const first = tf.add(tf.mul(m as tf.Tensor, 0.9), tf.mul(g, 0.1));
    const second = tf.add(tf.mul(v as tf.Tensor, 0.99), tf.mul(tf.square(g), 0.01));
    const step = tf.mul(tf.div(first, tf.add(tf.sqrt(second), 1e-6)), lr);
    const kept = decay === 0 ? p : tf.mul(p, tf.sub(1, tf.mul(lr, decay)));
    return { p: tf.sub(kept, step), slots: { m: first, v: second } };
  },
});

const rules = {
  momentum: {
    slots: ["b"],
    update(p, g, { b }, lr) {
      const next = tf.add(tf.mul(b as tf.Tensor, 0.9), g);
      return { p: tf.sub(p, tf.mul(next, lr)), slots: { b: next } };
    },
  },
  adam: adamLike(0),
  adamW: adamLike(0.1),
} satisfies Record<string, Rule>;

const parameters: Record<string, number[]> = { w1: [3, 8], b1: [8], w2: [8, 2], b2: [2] };
const frozen = { scale: [3] };

function predict(x: tf.Tensor, { w1, b1, w2, b2, scale }: Tensors): tf.Tensor {
  const hidden = tf.tanh(tf.add(tf.matMul(tf.mul(x, scale as tf.Tensor), w1 as tf.Tensor), b1 as tf.Tensor));
  return tf.add(tf.matMul(hidden, w2 as tf.Tensor), b2 as tf.Tensor);
}

/** A two-layer net fitted to targets: forward, gradients and one optimizer's update. `scale` is read only, `steps` counts. */
export function trainStep(optimizer: keyof typeof rules): StepFunction {
  const { slots, update }: Rule = rules[optimizer];
  const names = Object.keys(parameters);
  const all = { ...parameters, ...frozen };
  return {
    name: optimizer,
    inputs: [spec("x", [4, 3]), spec("target", [4, 2]), spec("lr", [])],
    state: [
      ...Object.entries(all).map(([name, shape]) => spec(name, shape)),
      ...names.flatMap((name) => slots.map((slot) => spec(`${slot}/${name}`, parameters[name] as number[]))),
      spec("steps", [], "int32"),
    ],
    apply(state, { x, target, lr }) {
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const bound = { ...state, ...Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])) };
        return tf.mean(tf.square(tf.sub(predict(x as tf.Tensor, bound), target as tf.Tensor)));
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[name] as tf.Tensor));
      const next: Tensors = { steps: tf.add(state["steps"] as tf.Tensor, tf.scalar(1, "int32")) };
      for (const [i, name] of names.entries()) {
        const own = Object.fromEntries(slots.map((slot) => [slot, state[`${slot}/${name}`] as tf.Tensor]));
        const moved = update(state[name] as tf.Tensor, grads[i] as tf.Tensor, own, lr as tf.Tensor);
        next[name] = moved.p;
        for (const slot of slots) next[`${slot}/${name}`] = moved.slots[slot] as tf.Tensor;
      }
      const gradients = Object.fromEntries(names.map((name, i) => [`d/${name}`, grads[i] as tf.Tensor]));
      return { state: next, outputs: { loss: value, ...gradients } };
    },
  };
}

/** The same net's predictions and the larger of the two for each row. */
export function inferStep(): StepFunction {
  return {
    name: "infer",
    inputs: [spec("x", [4, 3])],
    state: Object.entries({ ...parameters, ...frozen }).map(([name, shape]) => spec(name, shape)),
    apply(state, { x }) {
      const y = predict(x as tf.Tensor, state);
      return { state: {}, outputs: { y, largest: tf.argMax(y, 1), twin: y, x: x as tf.Tensor } };
    },
  };
}

const filters: Record<string, number[]> = {
  strided: [3, 3, 2, 3],
  wise: [3, 3, 3, 1],
  up: [3, 3, 2, 3],
};

/** Convolutions of three kinds and a pooling, each with padding of its own, and the gradients of all filters and of the image. */
export function paddedStep(): StepFunction {
  const names = Object.keys(filters);
  const around = (rows: [number, number], columns: [number, number]): tf.backend_util.ExplicitPadding => [
    [0, 0],
    rows,
    columns,
    [0, 0],
  ];
  return {
    name: "padded",
    inputs: [spec("x", [1, 5, 6, 2])],
    state: names.map((name) => spec(name, filters[name] as number[])),
    apply(state, { x }) {
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const [image, strided, wise, up] = values as [tf.Tensor4D, ...tf.Tensor4D[]];
        const down = tf.conv2d(image, strided as tf.Tensor4D, 2, around([1, 1], [0, 2]));
        const each = tf.depthwiseConv2d(down, wise as tf.Tensor4D, 1, 1);
        const most = tf.maxPool(tf.tanh(each) as tf.Tensor4D, 3, 2, 1);
        const back = tf.conv2dTranspose(most, up as tf.Tensor4D, [1, 4, 4, 2], 2, around([1, 0], [0, 1]));
        return tf.sum(tf.square(back));
      };
      const { value, grads } = tf.valueAndGrads(loss)([
        x as tf.Tensor,
        ...names.map((name) => state[name] as tf.Tensor),
      ]);
      const gradients = Object.fromEntries(["x", ...names].map((name, i) => [`d/${name}`, grads[i] as tf.Tensor]));
      return { state: {}, outputs: { loss: value, ...gradients } };
    },
  };
}

/** Whole numbers cut apart, and numbers made of them. */
export function wholeStep(): StepFunction {
  return {
    name: "whole",
    inputs: [spec("seeds", [2, 3], "int32")],
    state: [spec("w", [3])],
    apply({ w }, { seeds }) {
      const [first, second] = tf.unstack(seeds as tf.Tensor2D) as [tf.Tensor1D, tf.Tensor1D];
      const one = tf.slice1d(second, 1, 1);
      return { state: {}, outputs: { first, one, scaled: tf.mul(tf.cast(first, "float32"), w as tf.Tensor) } };
    },
  };
}

/** State that trades places, comes back as an output, and is set twice from one value. */
export function shuffleStep(): StepFunction {
  return {
    name: "shuffle",
    inputs: [spec("x", [3])],
    state: ["a", "b", "c", "d", "previous"].map((name) => spec(name, [3])),
    apply({ a, b, c }, { x }) {
      const sum = tf.add(c as tf.Tensor, x as tf.Tensor);
      return {
        state: { a: b as tf.Tensor, b: a as tf.Tensor, c: sum, d: sum, previous: c as tf.Tensor },
        outputs: { a: a as tf.Tensor, sum, c: c as tf.Tensor },
      };
    },
  };
}

/** One large tensor that moves a little each step: what leaks shows at once. */
export function bulkStep(size: number): StepFunction {
  return {
    name: "bulk",
    inputs: [spec("x", [])],
    state: [spec("w", [size]), spec("m", [size])],
    apply({ w, m }, { x }) {
      const next = tf.add(tf.mul(m as tf.Tensor, 0.9), x as tf.Tensor);
      return {
        state: { m: next, w: tf.sub(w as tf.Tensor, next) },
        outputs: { first: tf.slice(w as tf.Tensor, 0, 1) },
      };
    },
  };
}

export const program = (step: StepFunction): Program => compile(step);

/** Initial state of a step: parameters without pattern, slots and counters at zero. */
export function initial(step: StepFunction, seed = 1): Arrays {
  return Object.fromEntries(
    step.state.map(({ name, shape, dtype }, i) => {
      const size = shape.reduce((product, n) => product * n, 1);
      if (dtype === "int32") return [name, new Int32Array(size)];
      return [name, name.includes("/") ? new Float32Array(size) : numbers(size, seed + i, 0.5)];
    }),
  );
}

/** The batch of training step `index`. */
export const batch = (index: number): Arrays => ({
  x: numbers(12, index),
  target: numbers(8, index + 100),
  lr: Float32Array.of(0.05),
});
