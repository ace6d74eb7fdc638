import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { numbers } from "../../test/expect-same.ts";
import { leafShapes, randomStep } from "../../test/random-step.ts";
import { type Results, runGraph } from "../../test/run-compiled.ts";
import type { Graph } from "../graph/graph.ts";
import { verify } from "../graph/verify.ts";
import { trace } from "../trace/trace.ts";
import { passes } from "./index.ts";
import { lowerConvolutionGradients } from "./lower-convolution-gradients.ts";

const given = Object.fromEntries(
  Object.entries({ ...leafShapes, m: leafShapes.b }).map(([name, shape]) => [name, numbers(shape, 0.8)]),
);

/** What a graph computes, apart from the identity of its values. */
function formOf(graph: Graph): string {
  const places = new Map(graph.nodes.map(({ output }, i) => [output.id, i]));
  return graph.nodes
    .map(({ op, inputs, attributes }) =>
      [op, ...inputs.map(({ id }) => places.get(id) ?? `v${id}`), JSON.stringify(attributes)].join(),
    )
    .join("\n");
}

function expectEqual(results: Results, expected: Results, what: string): void {
  expect(Object.keys(results)).toEqual(Object.keys(expected));
  for (const [name, { data, shape }] of Object.entries(expected)) {
    const actual = results[name];
    expect(actual?.shape, `${what}: shape of ${name}`).toEqual(shape);
    const largest = [...data].reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    expect(Number.isFinite(largest), `${what}: ${name} is finite`).toBe(true);
    data.forEach((value, i) => {
      const off = Math.abs(value - (actual?.data[i] ?? NaN)) / largest;
      if (!(off <= 1e-5)) expect.fail(`${what}: ${name}[${i}] is ${actual?.data[i]}, without passes ${value}`);
    });
  }
}

beforeAll(() => tf.setBackend("cpu"));

const seeds = Array.from({ length: 200 }, (_, seed) => seed);
const changes = new Map<string, number>();

test.each(Array.from({ length: 10 }, (_, i) => i))(
  "20 random steps give the same numbers after every pass (group %i)",
  async (group) => {
    for (const seed of seeds.slice(group * 20, group * 20 + 20)) {
      let graph = trace(randomStep(seed));
      verify(graph, "tracing");
      const expected = await runGraph(lowerConvolutionGradients(graph), given);
      let form = formOf(graph);
      for (const [name, pass] of passes) {
        graph = pass(graph);
        verify(graph, name);
        const next = formOf(graph);
        if (next === form) continue;
        form = next;
        changes.set(name, (changes.get(name) ?? 0) + 1);
        expectEqual(await runGraph(lowerConvolutionGradients(graph), given), expected, `seed ${seed} after ${name}`);
      }
      expectEqual(await runGraph(graph, given, { kernels: "plain" }), expected, `seed ${seed} in plain ONNX`);
    }
  },
);

test("the random steps exercise every pass", () => {
  for (const [name] of passes) expect(changes.get(name) ?? 0, name).toBeGreaterThan(3);
});
