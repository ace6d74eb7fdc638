import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { numbers } from "../../test/expect-same.ts";
import { runGraph, runProgram } from "../../test/run-compiled.ts";
import { stepOf } from "../../test/steps.ts";
import { compile } from "../compile.ts";
import type { Graph } from "../graph/graph.ts";
import { trace } from "../trace/trace.ts";
import { ModelProto } from "./proto.ts";
import { type OnnxModel, writeOnnx } from "./write.ts";

interface Decoded {
  graph: {
    node: { opType: string; name: string; domain: string; input: string[]; output: string[] }[];
    initializer: { name: string; dims: string[]; externalData?: unknown[] }[];
    input: { name: string }[];
    output: { name: string }[];
  };
  opsetImport: { domain: string }[];
}

const written = (graph: Graph, options: Partial<Parameters<typeof writeOnnx>[2]> = {}): OnnxModel =>
  writeOnnx(graph, "test", { frozen: {}, kernels: "cpu", ...options });
const decoded = ({ bytes }: OnnxModel): Decoded =>
  ModelProto.toObject(ModelProto.decode(bytes), { longs: String, arrays: true }) as Decoded;
const opsOf = (model: OnnxModel): string[] => decoded(model).graph.node.map(({ opType }) => opType);

describe("constants", () => {
  test("that are equal are stored once", () => {
    const data = (): tf.Tensor => tf.tensor(numbers([500]).data as Float32Array);
    const graph = trace(
      stepOf({ x: [500] }, ({ x }) => ({
        outputs: { a: tf.add(x as tf.Tensor, data()), b: tf.mul(x as tf.Tensor, data()) },
      })),
    );
    const model = written(graph);
    expect(model.externalData.map(({ data: bytes }) => bytes.length)).toEqual([2000]);
    expect(decoded(model).graph.initializer).toHaveLength(1);
  });

  test("that differ in shape or in one element only are kept apart", () => {
    const data = numbers([12]).data as Float32Array;
    const graph = trace(
      stepOf({ x: [12] }, ({ x }) => ({
        outputs: {
          a: tf.add(x as tf.Tensor, tf.tensor(data)),
          b: tf.add(tf.reshape(x as tf.Tensor, [3, 4]), tf.tensor(data, [3, 4])),
          c: tf.add(x as tf.Tensor, tf.tensor(data.with(11, 5))),
        },
      })),
    );
    expect(graph.constants.size).toBe(3);
  });

  test("that hold one number everywhere are never written out", async () => {
    const step = stepOf({ x: [1000] }, ({ x }) => ({
      outputs: {
        ones: tf.ones([1000, 1000]),
        filled: tf.matMul(tf.reshape(x as tf.Tensor, [1, 1000]), tf.fill([1000, 1000], 0.5)),
        zeros: tf.tensor(new Float32Array(1_000_000), [1000, 1000]),
      },
    }));
    for (const graph of [trace(step), compile(step).graph]) {
      const model = written(graph);
      expect(model.bytes.length + model.externalData.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThan(
        2000,
      );
    }
    const results = await runProgram(compile(step), { x: numbers([1000]) });
    expect(results["ones"]?.shape).toEqual([1000, 1000]);
    expect(results["ones"]?.data.every((value: number) => value === 1)).toBe(true);
    expect(results["zeros"]?.data.every((value: number) => value === 0)).toBe(true);
  });

  test("are small inside the model and large ones beside it", () => {
    const sized = (n: number): OnnxModel =>
      written(trace(stepOf({ x: [n] }, ({ x }) => tf.add(x as tf.Tensor, tf.range(0, n)))));
    expect(sized(256).externalData).toEqual([]);
    expect(sized(257).externalData).toHaveLength(1);
  });

  test("keep infinities, NaN and the sign of zero", async () => {
    const step = stepOf({ x: [1] }, ({ x }) => ({
      outputs: Object.fromEntries(
        [Infinity, -Infinity, NaN, -0, 0].map((value, i) => [`y${i}`, tf.mul(tf.relu(x as tf.Tensor), value)]),
      ),
    }));
    const results = await runGraph(trace(step), { x: { shape: [1], data: Float32Array.of(2) } });
    const wide = await runGraph(
      trace(stepOf({}, () => ({ outputs: { plus: tf.zeros([2]), minus: tf.fill([2], -0) } }))),
      {},
    );
    expect([wide["plus"]?.data[1], wide["minus"]?.data[1]]).toEqual([0, -0]);
    expect([0, 1, 2, 3, 4].map((i) => results[`y${i}`]?.data[0])).toEqual([Infinity, -Infinity, NaN, -0, 0]);
  });
});

describe("frozen state", () => {
  const step = stepOf(
    { x: [2, 20] },
    ({ x }, { w, b }) => tf.add(tf.matMul(x as tf.Tensor, w as tf.Tensor), b as tf.Tensor),
    {
      w: [20, 30],
      b: [30],
    },
  );
  const frozen = { w: numbers([20, 30]).data as Float32Array, b: numbers([30]).data as Float32Array };

  test("becomes initializers, the large ones beside the model, and no inputs", () => {
    const model = written(compile(step).graph, { frozen });
    expect(model.names.state).toEqual({});
    expect(decoded(model).graph.input.map(({ name }) => name)).toEqual(Object.values(model.names.inputs));
    expect(model.externalData.map(({ data }) => [...new Float32Array(data.buffer, data.byteOffset, 600)])).toEqual([
      [...frozen.w],
    ]);
    expect(decoded(model).graph.initializer.map(({ dims }) => dims.map(Number))).toEqual([[20, 30], [30]]);
  });

  test("gives what state as input gives", async () => {
    const { graph } = compile(step);
    const model = written(graph, { frozen });
    const session = await ort.InferenceSession.create(model.bytes, { externalData: model.externalData });
    const x = numbers([2, 20]);
    const results = await session.run({
      [model.names.inputs["x"] as string]: new ort.Tensor("float32", x.data as Float32Array, [2, 20]),
    });
    const fed = await runGraph(graph, {
      x,
      w: { shape: [20, 30], data: frozen.w },
      b: { shape: [30], data: frozen.b },
    });
    const expected = [...(fed["y"]?.data ?? [])];
    const y = results[model.names.outputs["y"] as string] as ort.Tensor;
    expect(y.dims).toEqual([2, 30]);
    (y.data as Float32Array).forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
    await session.release();
  });

  test("that nobody reads is left out", () => {
    const unread = stepOf({ x: [2, 20] }, ({ x }) => tf.neg(x as tf.Tensor), { w: [20, 30] });
    const model = written(compile(unread).graph, { frozen: { w: frozen.w } });
    expect(model.externalData).toEqual([]);
    expect(decoded(model).graph.initializer).toEqual([]);
  });

  test("that holds one number is written whole: the next checkpoint may not", () =>
    expect(written(compile(step).graph, { frozen: { ...frozen, w: new Float32Array(600) } }).externalData).toHaveLength(
      1,
    ));
});

describe("results", () => {
  const tangled = stepOf(
    { x: [3] },
    ({ x }, { w, v }) => {
      const sum = tf.add(x as tf.Tensor, w as tf.Tensor);
      return {
        outputs: {
          sum,
          twin: sum,
          x: x as tf.Tensor,
          w: w as tf.Tensor,
          constant: tf.tensor([7, 8, 9]),
          ones: tf.ones([2]),
        },
        state: { w: sum, v: v as tf.Tensor },
      };
    },
    { w: [3], v: [3] },
  );
  const given = {
    x: { shape: [3], data: Float32Array.of(1, 2, 3) },
    w: { shape: [3], data: Float32Array.of(10, 20, 30) },
    v: { shape: [3], data: Float32Array.of(4, 5, 6) },
  };

  test("of one value under several names, of inputs, state and constants all arrive", async () => {
    const model = written(compile(tangled).graph);
    expect(Object.keys(model.names.outputs)).toEqual(["sum", "twin", "x", "w", "constant", "ones"]);
    const session = await ort.InferenceSession.create(model.bytes, { externalData: model.externalData });
    const names = { ...model.names.inputs, ...model.names.state };
    const results = await session.run(
      Object.fromEntries(
        Object.entries(given).map(([name, { data, shape }]) => [names[name], new ort.Tensor("float32", data, shape)]),
      ),
    );
    const named = (kind: "outputs" | "updates"): Record<string, number[]> =>
      Object.fromEntries(
        Object.entries(model.names[kind]).map(([name, own]) => [
          name,
          [...((results[own] as ort.Tensor).data as Float32Array)],
        ]),
      );
    expect(named("outputs")).toEqual({
      sum: [11, 22, 33],
      twin: [11, 22, 33],
      x: [1, 2, 3],
      w: [10, 20, 30],
      constant: [7, 8, 9],
      ones: [1, 1],
    });
    expect(named("updates")).toEqual({ w: [11, 22, 33], v: [4, 5, 6] });
    await session.release();
  });

  test("are copied only where a value has another name already, or no node makes it", () => {
    const copies = opsOf(written(compile(tangled).graph)).filter((op) => op === "Identity");
    // twin, x, w, constant, ones, and both updates
    expect(copies).toHaveLength(7);
  });

  test("of one name as input, state, output and update do not collide", () => {
    const { graph } = decoded(written(compile(tangled).graph));
    const made = [
      ...graph.input.map(({ name }) => name),
      ...graph.initializer.map(({ name }) => name),
      ...graph.node.flatMap(({ output }) => output),
    ];
    expect(new Set(made).size).toBe(made.length);
    const nodeNames = graph.node.map(({ name }) => name);
    expect(new Set(nodeNames).size).toBe(nodeNames.length);
    for (const { name } of graph.output) expect(made).toContain(name);
  });
});

describe("without onnxruntime's own operators", () => {
  const step = stepOf({ x: [2, 6, 5], y: [2, 7, 5] }, ({ x, y }) => {
    const [a, b] = [x as tf.Tensor, y as tf.Tensor];
    const gelu = tf.mul(tf.mul(a, tf.add(tf.erf(tf.mul(a, Math.SQRT1_2)), 1)), 0.5);
    return {
      outputs: {
        scaled: tf.mul(tf.matMul(a, b, false, true), 0.4),
        turned: tf.matMul(a, tf.slice(b, [0, 0, 0], [2, 6, 5]), true, false),
        gelu,
      },
    };
  });
  const given = { x: numbers([2, 6, 5]), y: numbers([2, 7, 5]) };
  const { graph } = compile(step);

  test("the model is plain ONNX", () => {
    const own = decoded(written(graph, { kernels: "cpu" }));
    expect(
      own.graph.node
        .filter(({ domain }) => domain !== "")
        .map(({ opType }) => opType)
        .toSorted(),
    ).toEqual(["FusedMatMul", "FusedMatMul", "Gelu"]);
    expect(own.opsetImport.map(({ domain }) => domain)).toEqual(["", "com.microsoft"]);
    const plain = decoded(written(graph, { kernels: "plain" }));
    expect(plain.graph.node.filter(({ domain }) => domain !== "")).toEqual([]);
    expect(plain.opsetImport.map(({ domain }) => domain)).toEqual([""]);
  });

  test("the numbers are the same", async () => {
    const own = await runGraph(graph, given, { kernels: "cpu" });
    const plain = await runGraph(graph, given, { kernels: "plain" });
    for (const name of ["scaled", "turned", "gelu"]) {
      const expected = [...(own[name]?.data ?? [])];
      expect(plain[name]?.data).toHaveLength(expected.length);
      plain[name]?.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
    }
  });
});

test.each([
  { rows: 300, columns: 130, kernels: "cpu", ops: ["Transpose", "Gemm"] },
  { rows: 300, columns: 20, kernels: "cpu", ops: ["Gemm"] },
  { rows: 30, columns: 130, kernels: "cpu", ops: ["Gemm"] },
  { rows: 300, columns: 130, kernels: "cuda", ops: ["Gemm"] },
  { rows: 300, columns: 130, kernels: "plain", ops: ["Gemm"] },
] as const)("$rows rows by columns for $columns columns on $kernels: $ops", async ({ rows, columns, kernels, ops }) => {
  const { graph } = compile(
    stepOf({ x: [rows, 7], y: [rows, columns] }, ({ x, y }) => ({
      outputs: { product: tf.matMul(x as tf.Tensor, y as tf.Tensor, true, false) },
    })),
  );
  expect(opsOf(written(graph, { kernels }))).toEqual(ops);
  const given = { x: numbers([rows, 7]), y: numbers([rows, columns]) };
  const { product } = await runGraph(graph, given, { kernels });
  const { product: by } = await runGraph(graph, given, { kernels: "plain" });
  product?.data.forEach((value, i) => expect(value).toBeCloseTo(by?.data[i] ?? NaN, 4));
  expect(product?.shape).toEqual([7, columns]);
});

test("logical operations are refused: a pass must lower them first", () => {
  const graph = trace(
    stepOf({ x: [1, 4, 4, 1] }, ({ x }) =>
      tf.grad((image: tf.Tensor) => tf.sum(tf.conv2d(image as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, "same")))(
        x as tf.Tensor,
      ),
    ),
  );
  expect(() => written(graph)).toThrow("ConvInputGrad was not lowered before ONNX was written");
});
