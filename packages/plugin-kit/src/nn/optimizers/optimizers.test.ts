import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { Scope, type State } from "../../scope.ts";
import { relativeError, useCpu } from "../../testing/index.ts";
import { tf } from "../../tf.ts";
import type { Gradients } from "../gradients.ts";
import { zeros } from "../initializers.ts";
import { adam, adamW, clipByGlobalNorm, type Optimizer, sgd } from "./index.ts";

const start = { matrix: [0.5, -1.5, 2, 0.25], bias: [0.1, -0.2] };
const rate = (t: number) => 0.01 / t;

/** Gradients that change size and sign from step to step. */
const gradientAt = (name: "matrix" | "bias", t: number) =>
  start[name].map((_, index) => Math.sin(3 * t + index) * 10 ** (index - 2));

/** Runs `make`'s optimizer for some steps; returns the parameters after the last. */
function run(make: (scope: Scope, parameters: State[]) => Optimizer, steps: number) {
  const scope = new Scope();
  const parameters = [scope.parameter("matrix", [2, 2], zeros), scope.parameter("bias", [2], zeros)];
  const update = make(scope, parameters);
  for (const state of scope.states())
    state.bind(tf.tensor(state.spec.initializer(state.spec.shape, new Random(0)), state.spec.shape));
  const [matrix, bias] = parameters as [State, State];
  matrix.bind(tf.tensor2d(start.matrix, [2, 2]));
  bias.bind(tf.tensor1d(start.bias));
  const gradientsAt = (t: number): Gradients =>
    new Map([
      [matrix, tf.tensor(gradientAt("matrix", t), [2, 2])],
      [bias, tf.tensor(gradientAt("bias", t))],
    ]);
  for (let t = 1; t <= steps; t++) update(gradientsAt(t), { learningRate: tf.scalar(rate(t)), step: tf.scalar(t) });
  return { matrix: matrix.value.dataSync(), bias: bias.value.dataSync(), slots: scope.states().slice(2) };
}

/** The rule element by element in float64. `next(p, g, memory, t)` returns the new value. */
function expected(
  name: "matrix" | "bias",
  steps: number,
  next: (p: number, g: number, memory: { m: number; v: number }, t: number) => number,
) {
  return start[name].map((value, index) => {
    const memory = { m: 0, v: 0 };
    let p = value;
    for (let t = 1; t <= steps; t++) p = next(p, gradientAt(name, t)[index]!, memory, t);
    return p;
  });
}

const adamRule =
  (options: { beta1: number; beta2: number; epsilon: number; weightDecay: number; scale: number }) =>
  (p: number, g: number, memory: { m: number; v: number }, t: number) => {
    const { beta1, beta2, epsilon, weightDecay } = options;
    const lr = rate(t) * options.scale;
    memory.m = beta1 * memory.m + (1 - beta1) * g;
    memory.v = beta2 * memory.v + (1 - beta2) * g * g;
    const [m, v] = [memory.m / (1 - beta1 ** t), memory.v / (1 - beta2 ** t)];
    return p * (1 - lr * weightDecay) - (lr * m) / (Math.sqrt(v) + epsilon);
  };

/** Error of the change, which is far smaller than the value itself. */
function changeError(name: "matrix" | "bias", actual: ArrayLike<number>, reference: number[]): number {
  const change = (values: ArrayLike<number>) => start[name].map((value, index) => values[index]! - value);
  return relativeError(change(actual), change(reference));
}

beforeAll(useCpu);

describe.each([1, 2, 7])("after %i steps", (steps) => {
  it("adamW decays first, decoupled, epsilon outside the root, groups apart", () => {
    const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0.5 };
    const after = run(
      (scope, parameters) =>
        adamW(scope, parameters, {
          ...options,
          decay: ({ spec }) => spec.shape.length > 1,
          learningRateScale: ({ spec }) => (spec.name === "bias" ? 0.1 : 1),
        }),
      steps,
    );
    expect(after.slots.map(({ spec }) => spec.name)).toEqual([
      "exp_avg/matrix",
      "exp_avg_sq/matrix",
      "exp_avg/bias",
      "exp_avg_sq/bias",
    ]);
    const matrix = expected("matrix", steps, adamRule({ ...options, scale: 1 }));
    const bias = expected("bias", steps, adamRule({ ...options, weightDecay: 0, scale: 0.1 }));
    expect(changeError("matrix", after.matrix, matrix)).toBeLessThan(1e-5);
    expect(changeError("bias", after.bias, bias)).toBeLessThan(1e-4);
  });

  it("adam is adamW without decay", () => {
    const after = run((scope, parameters) => adam(scope, parameters, { beta1: 0.5, beta2: 0.99 }), steps);
    const rule = adamRule({ beta1: 0.5, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, scale: 1 });
    expect(changeError("matrix", after.matrix, expected("matrix", steps, rule))).toBeLessThan(1e-5);
  });

  it.each([
    { momentum: 0, nesterov: false, weightDecay: 0 },
    { momentum: 0.9, nesterov: false, weightDecay: 0.1 },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  ])("sgd with %o", ({ momentum, nesterov, weightDecay }) => {
    const after = run((scope, parameters) => sgd(scope, parameters, { momentum, nesterov, weightDecay }), steps);
    expect(after.slots).toHaveLength(momentum ? 2 : 0);
    const matrix = expected("matrix", steps, (p, gradient, memory, t) => {
      const g = gradient + weightDecay * p;
      memory.m = momentum * memory.m + g;
      return p - rate(t) * (nesterov ? g + momentum * memory.m : memory.m);
    });
    expect(changeError("matrix", after.matrix, matrix)).toBeLessThan(1e-5);
  });
});

it("adam's bias correction keeps its digits in the first step: |Δp| = lr whatever the gradient", () => {
  const after = run((scope, parameters) => adam(scope, parameters, { epsilon: 0 }), 1);
  const change = after.bias.map((value, index) => Math.abs(value - start.bias[index]!));
  expect(change[1]).toBeCloseTo(0.01, 7);
});

it("an update without a gradient names the parameter", () => {
  const scope = new Scope();
  const parameter = scope.parameter("alone", [1], zeros);
  const update = sgd(scope, [parameter]);
  expect(() => update(new Map(), { learningRate: tf.scalar(1), step: tf.scalar(1) })).toThrow("no gradient for alone");
});

describe("clipByGlobalNorm", () => {
  const scope = new Scope();
  const [a, b] = ["a", "b"].map((name) => scope.parameter(name, [2], zeros)) as [State, State];
  const given = () =>
    new Map([
      [a, tf.tensor1d([3, 0])],
      [b, tf.tensor1d([0, 4])],
    ]);

  it("scales all gradients by max / (norm + 1e-6) when their norm is larger", () => {
    const { gradients, norm } = clipByGlobalNorm(given(), 0.1);
    expect(norm.dataSync()[0]).toBeCloseTo(5, 5);
    expect(gradients.get(a)!.dataSync()[0]).toBeCloseTo((3 * 0.1) / (5 + 1e-6), 7);
    expect(gradients.get(b)!.dataSync()[1]).toBeCloseTo((4 * 0.1) / (5 + 1e-6), 7);
  });

  it("leaves small gradients alone", () => {
    expect([...clipByGlobalNorm(given(), 10).gradients.get(b)!.dataSync()]).toEqual([0, 4]);
  });
});
