import * as tf from "@tensorflow/tfjs";
import { beforeEach, describe, expect, test } from "vitest";
import { bothWays, runProgram } from "../../test/run-compiled.ts";
import { branches, crops, cropsOfMany, resizedByGradient, spectrum } from "../../test/models/broken.ts";
import { stepOf } from "../../test/steps.ts";
import { compile } from "../compile.ts";
import { trace } from "./trace.ts";

beforeEach(() => tf.setBackend("cpu"));

const image = { x: [1, 4, 4, 1] };

function errorOf(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was thrown");
}

describe("a step that cannot be traced", () => {
  test("names the kernel, the function that asked for it and the model's line", () => {
    const error = errorOf(() => trace(stepOf(image, ({ x }) => crops(x as tf.Tensor))));
    expect(error.name).toBe("UnsupportedKernelError");
    expect(error.message).toBe(
      "the tfjs kernel CropAndResize, called by tf.cropAndResize at broken.ts:5 cannot be compiled yet: " +
        "write it with other ops or add it to the compiler's kernel table",
    );
  });

  test("names the innermost line when the model calls through other functions", () => {
    const error = errorOf(() => trace(stepOf(image, ({ x }) => cropsOfMany(x as tf.Tensor))));
    expect(error.message).toContain("at broken.ts:5 ");
  });

  test("names the line of a kernel that only the gradient or another type needs", () => {
    expect(errorOf(() => trace(stepOf(image, ({ x }) => resizedByGradient(x as tf.Tensor)))).message).toMatch(
      /kernel ResizeBilinear, called by tf\.resizeBilinear at broken\.ts:23 /,
    );
    expect(errorOf(() => trace(stepOf({ x: [4] }, ({ x }) => spectrum(x as tf.Tensor)))).message).toMatch(
      /kernel Complex, called by tf\.complex at broken\.ts:14 /,
    );
  });

  test("that reads numbers gets one line that says where and why not", () => {
    const error = errorOf(() => trace(stepOf({ x: [3] }, ({ x }) => branches(x as tf.Tensor))));
    expect(error.message).toBe(
      "broken.ts:19 reads a tensor's numbers while it is traced: a step may not depend on data",
    );
  });

  test("leaves the backend chosen before and no tensor behind", () => {
    const before = tf.memory();
    errorOf(() => trace(stepOf(image, ({ x }) => crops(x as tf.Tensor))));
    errorOf(() => trace(stepOf(image, ({ x }) => resizedByGradient(x as tf.Tensor))));
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect([...tf.scalar(2).add(3).dataSync()]).toEqual([5]);
    expect(trace(stepOf({ x: [3] }, ({ x }) => tf.neg(x as tf.Tensor))).nodes).toHaveLength(1);
  });

  test("may not trace another one", () => {
    const inner = stepOf({ x: [3] }, ({ x }) => tf.neg(x as tf.Tensor));
    const outer = stepOf({ x: [3] }, ({ x }) => {
      trace(inner);
      return x as tf.Tensor;
    });
    expect(() => trace(outer)).toThrow("a trace is already running");
    expect(tf.getBackend()).toBe("cpu");
  });
});

describe("a traced step", () => {
  test("takes tensors made outside as constants", async () => {
    const outside = tf.tensor([10, 20, 30]);
    const program = compile(stepOf({ x: [3] }, ({ x }) => tf.add(x as tf.Tensor, outside)));
    expect([...program.graph.constants.values()]).toEqual([Float32Array.of(10, 20, 30)]);
    const { y } = await runProgram(program, { x: { shape: [3], data: Float32Array.of(1, 2, 3) } });
    expect([...(y?.data ?? [])]).toEqual([11, 22, 33]);
    expect([...outside.dataSync()]).toEqual([10, 20, 30]);
  });

  test("may read the numbers of tensors made outside: they are the same in every step", () => {
    const outside = tf.scalar(3);
    const graph = trace(
      stepOf({ x: [3] }, ({ x }) => ((outside.dataSync()[0] ?? 0) > 2 ? tf.relu(x as tf.Tensor) : (x as tf.Tensor))),
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(["Relu"]);
  });

  test("computes nothing: kernels are recorded in order, with the kernel they came from", () => {
    const graph = trace(stepOf({ x: [2, 3] }, ({ x }) => tf.sum(tf.softplus(tf.mul(x as tf.Tensor, 2)))));
    expect(graph.nodes.map(({ op, kernel }) => [op, kernel])).toEqual([
      ["Mul", "Multiply"],
      ["Softplus", "Softplus"],
      ["ReduceSum", "Sum"],
    ]);
  });

  test("differentiates its gradient again", async () => {
    const x = { shape: [3], data: Float32Array.of(0.3, -0.7, 1.1) };
    const second = tf.grad((y: tf.Tensor) => tf.sum(tf.grad((z: tf.Tensor) => tf.sum(tf.mul(z, tf.sin(z))))(y)));
    const [result] = await bothWays({ x }, ({ x: y }) => ({ d: second(y as tf.Tensor) }));
    expect(result?.compiled.data).toHaveLength(3);
    result?.compiled.data.forEach((value, i) => expect(value).toBeCloseTo(result.eager.data[i] ?? NaN, 5));
    // (x sin x)'' = 2 cos x - x sin x
    [...x.data].forEach((value, i) =>
      expect(result?.compiled.data[i]).toBeCloseTo(2 * Math.cos(value) - value * Math.sin(value), 5),
    );
  });

  test("gives the same graph a second time and leaves no tensor, buffer or constant behind", () => {
    const big = tf.range(0, 5000);
    const step = stepOf({ x: [5000], w: [5000] }, ({ x, w }) => ({
      outputs: {
        d: tf.grad((p: tf.Tensor) => tf.sum(tf.square(tf.mul(tf.add(p, big), tf.tensor(new Float32Array(5000))))))(
          x as tf.Tensor,
        ),
      },
      state: { w: tf.add(w as tf.Tensor, tf.range(0, 5000)) },
    }));
    const first = trace(step);
    const before = tf.memory();
    const second = trace(step);
    const after = tf.memory();
    expect(second.nodes.map(({ op }) => op)).toEqual(first.nodes.map(({ op }) => op));
    expect([after.numTensors, after.numDataBuffers]).toEqual([before.numTensors, before.numDataBuffers]);
    tf.setBackend("epochmark-trace");
    expect(tf.backend().numDataIds(), "constants that the tracing backend still holds").toBe(0);
  });
});
