import * as tf from "@tensorflow/tfjs";
import type { StepFunction } from "../src/program.ts";
import { stepOf } from "./steps.ts";

/** Seeded draws (mulberry32): a seed names one graph for ever. */
class Draws {
  #state: number;
  constructor(seed: number) {
    this.#state = seed * 0x9e3779b1;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

type T = tf.Tensor;
type Leaves = Record<keyof typeof leafShapes, T>;
/** One random operation on `x`; undefined where it does not fit. */
type Piece = (x: T, draws: Draws, pool: readonly T[], leaves: Leaves) => T | undefined;

export const leafShapes = { a: [2, 3, 4], b: [4, 5], c: [4], d: [3, 1] };
const shift = (n: number): T => tf.tensor(Float32Array.from({ length: n }, (_, i) => Math.cos(i + n)));
const axesOf = (x: T, draws: Draws): number[] => x.shape.map((_, i) => i).filter(() => draws.next() < 0.5);

const pieces: Record<string, Piece> = {
  smooth: (x, draws) => draws.pick([tf.tanh, tf.sigmoid, tf.sin, tf.erf, tf.softplus])(x),
  kinked: (x, draws) => draws.pick([tf.relu, tf.abs, tf.leakyRelu, tf.neg])(x),
  factor: (x, draws) => tf.mul(x, draws.pick([1, 0.5, -2, 0, Math.SQRT1_2])),
  term: (x, draws) => tf.add(x, draws.pick([0, 1, -0.25])),
  quotient: (x, draws) => tf.div(x, draws.pick([1, 2, -4])),
  constants: (x) => tf.mul(x, tf.add(tf.ones(x.shape), tf.onesLike(x))),
  positive: (x, draws) => draws.pick([tf.sqrt, tf.log, tf.rsqrt, tf.reciprocal])(tf.add(tf.square(x), 0.5)),
  pair: (x, draws, pool) => {
    const other = draws.pick(pool);
    if (!fits(x, other)) return undefined;
    // tfjs has no gradient for the larger or smaller of two that broadcast.
    const choices = x.shape.join() === other.shape.join() ? [tf.maximum, tf.minimum] : [];
    return draws.pick([tf.add, tf.sub, tf.mul, ...choices])(x, other);
  },
  withNegative: (x, draws, pool) => {
    const other = draws.pick(pool);
    return fits(x, other) ? tf.add(x, tf.neg(other)) : undefined;
  },
  reshape: (x, draws) => tf.reshape(x, draws.pick([[-1], [x.size, 1], [1, ...x.shape], x.shape])),
  reshapeTwice: (x) => tf.reshape(tf.reshape(x, [-1]), [1, ...x.shape.toReversed()]),
  transpose: (x, draws) => tf.transpose(x, permutation(x, draws)),
  transposeTwice: (x, draws) => tf.transpose(tf.tanh(tf.transpose(x, permutation(x, draws))), permutation(x, draws)),
  reduce: (x, draws) => draws.pick([tf.sum, tf.mean, tf.max, tf.min])(x, axesOf(x, draws), draws.next() < 0.5),
  widen: (x, draws) => (x.rank > 3 ? undefined : tf.broadcastTo(x, [draws.pick([1, 2]), ...x.shape])),
  gram: (x, draws) =>
    x.rank < 2
      ? undefined
      : tf.matMul(
          x,
          x,
          ...draws.pick([
            [false, true],
            [true, false],
          ] as const),
        ),
  scaledGram: (x) => (x.rank < 2 ? undefined : tf.mul(tf.matMul(tf.mul(x, 0.5), x, false, true), 0.3)),
  linear: (x, draws, _, { b }) =>
    x.rank < 2 || x.shape.at(-1) !== 4
      ? undefined
      : tf.add(
          tf.matMul(tf.reshape(x, [-1, 4]), b),
          draws.pick([shift(5), tf.reshape(shift(5), [1, 5]), tf.scalar(0.5)]),
        ),
  softmax: (x) => (x.rank === 0 ? undefined : tf.softmax(x)),
  logSoftmax: (x) => (x.rank === 0 ? undefined : tf.logSoftmax(x)),
  layerNorm: (x, draws) => {
    const width = x.shape.at(-1);
    if (width === undefined || width < 2) return undefined;
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 0.1));
    const n = draws.pick([width, width, 1]);
    return tf.add(tf.mul(tf.mul(centred, scale), shift(n)), shift(n));
  },
  gelu: (x, draws) => {
    const factor = draws.pick([tf.scalar(Math.SQRT1_2), tf.fill([1, ...x.shape], Math.SQRT1_2)]);
    return tf.mul(tf.mul(x, tf.add(tf.erf(tf.mul(x, factor)), 1)), 0.5);
  },
  slice: (x, draws) => {
    if (x.rank === 0) return undefined;
    const begin = x.shape.map((n) => draws.below(n));
    return tf.slice(
      x,
      begin,
      x.shape.map((n, i) => 1 + draws.below(n - (begin[i] ?? 0))),
    );
  },
  reverse: (x, draws) => (x.rank === 0 ? undefined : tf.reverse(x, axesOf(x, draws))),
  pad: (x, draws) =>
    tf.pad(
      x,
      x.shape.map(() => [draws.below(2), draws.below(2)]),
      draws.pick([0, 1]),
    ),
  concat: (x, draws) => (x.rank === 0 ? undefined : tf.concat([x, tf.sin(x)], draws.below(x.rank))),
  tile: (x, draws) =>
    x.rank > 3
      ? undefined
      : tf.tile(
          x,
          x.shape.map(() => draws.pick([1, 1, 2])),
        ),
  // tfjs has no gradient for comparisons: the mask hangs on no leaf.
  select: (x) => tf.where(tf.greater(tf.reshape(shift(x.size), x.shape), 0.1), tf.square(x), tf.zerosLike(x)),
  convolution: (x, draws, _, { b }) => {
    const [height, width] = x.shape.slice(-2);
    if (!height || !width) return undefined;
    const images = tf.reshape(x, [-1, height, width, 1]) as tf.Tensor4D;
    const filter = tf.reshape(b, [2, 2, 1, 5]) as tf.Tensor4D;
    return tf.conv2d(images, filter, draws.pick([1, 2]), "same");
  },
  sharedFilter: (x, _, __, { b }) => {
    if (x.size < 12) return undefined;
    const filter = tf.reshape(b, [2, 2, 1, 5]) as tf.Tensor4D;
    const seen = (from: number, count: number): T => {
      const images = tf.reshape(tf.slice(tf.reshape(x, [-1]), from, 4 * count), [count, 2, 2, 1]) as tf.Tensor4D;
      return tf.conv2d(images, filter, 1, "valid");
    };
    return tf.add(tf.tanh(seen(0, 1)), seen(4, 2));
  },
  imageNet: (x, _, __, { a }) => {
    const image = tf.reshape(a, [1, 2, 3, 4]) as tf.Tensor4D;
    const filter = tf.reshape(shift(48), [2, 2, 4, 3]) as tf.Tensor4D;
    const first = tf.relu(tf.conv2d(image, filter, 1, "same"));
    return tf.add(
      tf.mean(tf.conv2d(first, tf.reshape(shift(36), [2, 2, 3, 3]) as tf.Tensor4D, 1, "same"), [1, 2]),
      tf.mean(x),
    );
  },
};

function fits(x: T, other: T): boolean {
  const rank = Math.max(x.rank, other.rank);
  const size = (t: T, axis: number): number => t.shape[axis - rank + t.rank] ?? 1;
  return Array.from({ length: rank }, (_, i) => [size(x, i), size(other, i)]).every(
    ([m, n]) => m === n || m === 1 || n === 1,
  );
}

const permutation = (x: T, draws: Draws): number[] =>
  x.shape
    .map((_, i) => [draws.next(), i] as const)
    .toSorted(([p], [q]) => p - q)
    .map(([, i]) => i);

/** Eight random operations; what they give stays small in size and in value. */
function compose(seed: number, leaves: Leaves): T[] {
  const draws = new Draws(seed);
  const pool = Object.values(leaves);
  const made: T[] = [];
  while (made.length < 8) {
    const piece = pieces[draws.pick(Object.keys(pieces))] as Piece;
    const x = draws.pick(pool);
    const y = piece(x, draws, pool, leaves);
    if (!y || y.size > 400 || y.size === 0 || y.rank > 5) continue;
    const small = tf.mul(y, 1 / Math.max(1, Math.sqrt(x.size)));
    made.push(small);
    pool.push(small);
  }
  return made;
}

/**
 * A step from a seed: random operations, two in three with the gradient of their sum by all four leaves,
 * of which `b` is state that the step moves against its gradient with momentum.
 */
export function randomStep(seed: number): StepFunction {
  const { b, ...inputs } = leafShapes;
  return stepOf(
    inputs,
    (given, state) => {
      const leaves = { ...given, b: state["b"] } as Leaves;
      const made = compose(seed, leaves);
      const outputs = Object.fromEntries(made.slice(-3).map((value, i) => [`y${i}`, value]));
      if (seed % 3 === 0) return { outputs };
      const names = Object.keys(leaves) as (keyof Leaves)[];
      const loss = (...values: T[]): tf.Scalar => {
        const parts = compose(seed, Object.fromEntries(names.map((name, i) => [name, values[i]])) as never);
        // Every leaf takes part, so that each has a gradient.
        return tf.addN([...values, ...parts].map((part) => tf.sum(tf.mul(part, tf.cos(tf.add(part, 1)))))) as tf.Scalar;
      };
      const slopes = tf.grads(loss)(names.map((name) => leaves[name]));
      const byName = Object.fromEntries(names.map((name, i) => [name, slopes[i] as T]));
      const momentum = tf.add(tf.mul(state["m"] as T, 0.9), byName["b"] as T);
      return {
        outputs: { ...outputs, ...Object.fromEntries(names.map((name) => [`d${name}`, byName[name] as T])) },
        state: { m: momentum, b: tf.sub(leaves.b, tf.mul(momentum, 0.1)) },
      };
    },
    { b, m: b },
  );
}
