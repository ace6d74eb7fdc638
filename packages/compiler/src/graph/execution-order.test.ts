import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { numbers } from "../../test/expect-same.ts";
import { leafShapes, randomStep } from "../../test/random-step.ts";
import { ModelProto } from "../onnx/proto.ts";
import { writeOnnx } from "../onnx/write.ts";
import { lowerConvolutionGradients } from "../passes/lower-convolution-gradients.ts";
import { trace } from "../trace/trace.ts";
import { executionOrder, orderToGive } from "./execution-order.ts";
import { type Graph, type Node, newValue, type Value } from "./graph.ts";

/** Names of a model's nodes in the order in which onnxruntime says that it ran them. */
async function ran(model: ReturnType<typeof writeOnnx>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "epochmark-order-"));
  try {
    const session = await ort.InferenceSession.create(model.bytes, {
      externalData: model.externalData,
      graphOptimizationLevel: "disabled",
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: join(folder, "run"),
    });
    const given = { ...leafShapes, m: leafShapes.b };
    const fed = Object.entries({ ...model.names.inputs, ...model.names.state }).map(([name, onnxName]) => {
      const { data, shape } = numbers(given[name as keyof typeof given], 0.8);
      return [onnxName, new ort.Tensor("float32", data, shape)];
    });
    await session.run(Object.fromEntries(fed));
    session.endProfiling();
    await session.release();
    const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), "utf8")) as {
      cat: string;
      name: string;
    }[];
    const kernel = "_kernel_time";
    return events.flatMap(({ cat, name }) =>
      cat === "Node" && name.endsWith(kernel) ? [name.slice(0, -kernel.length)] : [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The nodes of a model as it was written, by their names: writing adds copies to what the graph holds. */
function written(bytes: Uint8Array): Map<Node, string> {
  const { graph } = ModelProto.decode(bytes) as unknown as {
    graph: { node: { name: string; input: string[]; output: string[] }[] };
  };
  const values = new Map<string, Value>();
  const value = (name: string): Value => {
    const known = values.get(name) ?? newValue([], "float32");
    values.set(name, known);
    return known;
  };
  return new Map(
    graph.node.map(({ name, input, output }) => [
      { op: "Identity", attributes: {}, kernel: "", inputs: input.map(value), output: value(output[0]!) },
      name,
    ]),
  );
}

test("ONNX Runtime runs random steps, and the same in another order, as is foretold", async () => {
  for (let seed = 0; seed < 40; seed++) {
    const graph = lowerConvolutionGradients(trace(randomStep(seed)));
    for (const nodes of [graph.nodes, orderToGive(graph.nodes)]) {
      const model = writeOnnx({ ...graph, nodes } satisfies Graph, "order", { frozen: {}, kernels: "cpu" });
      const names = written(model.bytes);
      expect(await ran(model), `seed ${seed}`).toEqual(
        executionOrder([...names.keys()]).map((node) => names.get(node)),
      );
    }
  }
});
