import { type Tensor, setBackend, tensor } from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { compile } from "../src/compile.ts";
import { type OnnxOptions, writeOnnx } from "../src/onnx/write.ts";
import type { Graph } from "../src/graph/graph.ts";
import type { Program, StepFunction } from "../src/program.ts";

type Data = Float32Array | Int32Array | Uint8Array | Uint32Array;
export interface Given {
  shape: number[];
  dtype?: "float32" | "int32" | "bool" | "uint32";
  data: Data;
}

export type Results = Record<string, { data: Data; shape: readonly number[] }>;

/** Runs a compiled program once on onnxruntime's cpu provider; state is fed as an input. */
export async function runProgram(program: Program, given: Record<string, Given>): Promise<Results> {
  return runGraph(program.graph, given, { graphOptimizationLevel: "all" });
}

/** Runs a lowered graph once; onnxruntime changes nothing in it unless told so. */
export async function runGraph(
  graph: Graph,
  given: Record<string, Given>,
  options: { kernels?: OnnxOptions["kernels"]; graphOptimizationLevel?: "all" | "disabled" } = {},
): Promise<Results> {
  const onnx = writeOnnx(graph, "test", { frozen: {}, kernels: options.kernels ?? "cpu" });
  const session = await ort.InferenceSession.create(onnx.bytes, {
    externalData: onnx.externalData,
    intraOpNumThreads: 1,
    graphOptimizationLevel: options.graphOptimizationLevel ?? "disabled",
    logSeverityLevel: 3,
  });
  try {
    const names = { ...onnx.names.inputs, ...onnx.names.state };
    const feeds = Object.fromEntries(
      Object.entries(names).map(([name, onnxName]) => {
        const { data, shape, dtype } = given[name] as Given;
        return [onnxName, new ort.Tensor((dtype ?? "float32") as "float32", data as Float32Array, shape)];
      }),
    );
    const results = await session.run(feeds);
    const named = { ...onnx.names.outputs, ...onnx.names.updates };
    return Object.fromEntries(
      Object.entries(named).map(([name, onnxName]) => [
        name,
        { data: results[onnxName]?.data as Data, shape: results[onnxName]?.dims ?? [] },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** The same function, compiled and eager on tfjs's cpu backend, over the same inputs: `[compiled, eager]` by output name. */
export async function bothWays(
  given: Record<string, Given>,
  body: (inputs: Record<string, Tensor>) => Record<string, Tensor>,
): Promise<
  {
    name: string;
    compiled: { data: Data; shape: readonly number[] };
    eager: { data: Data; shape: readonly number[] };
  }[]
> {
  await setBackend("cpu");
  const step: StepFunction = {
    name: "test",
    state: [],
    inputs: Object.entries(given).map(([name, { shape, dtype }]) => ({ name, shape, dtype: dtype ?? "float32" })),
    apply: (_, inputs) => ({ state: {}, outputs: body(inputs) }),
  };
  const compiled = await runProgram(compile(step), given);
  const tensors = Object.fromEntries(
    Object.entries(given).map(([name, { data, shape, dtype }]) => [
      name,
      tensor(data as Float32Array, shape, dtype === "uint32" ? "int32" : dtype),
    ]),
  );
  const eager = body(tensors);
  return Object.entries(eager).map(([name, value]) => ({
    name,
    compiled: compiled[name] as { data: Data; shape: readonly number[] },
    eager: { data: value.dataSync() as Data, shape: value.shape },
  }));
}
