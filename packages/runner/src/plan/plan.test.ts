import type { EngineDevice } from "@epochmark/engines";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { EngineInfo } from "../child/protocol.ts";
import { discoverPlugins, type FoundPlugin } from "../discover/discover.ts";
import { planCases, type Selection } from "./plan.ts";

const device = (id: string, kind: EngineDevice["kind"], reason: string | null = null): EngineDevice => ({
  id,
  kind,
  name: null,
  usable: reason === null,
  reason,
});

const engine = (id: string, ...devices: EngineDevice[]): EngineInfo => ({
  id,
  version: "1",
  kind: "compiled",
  devices,
});

const plain = [engine("onnxruntime", device("cpu", "cpu")), engine("tfjs-cpu", device("cpu", "cpu"))];

let plugins: FoundPlugin[];
beforeAll(async () => {
  const fixture = fileURLToPath(new URL("../fixtures/plugin.fixture.ts", import.meta.url));
  plugins = (await discoverPlugins("/nowhere", [fixture])).plugins;
});

const plan = (selection: Selection, engines: EngineInfo[] = plain) =>
  planCases(selection, plugins, engines).map(
    (each) =>
      `${each.model.id} ${each.phase} ${each.size} ${each.workload.name}:${each.workload.batch} ${each.engine.id}/${each.device.id} ${each.precision}`,
  );

test("a plain run is the default model of each family, train step then inference", () => {
  expect(plan({})).toEqual([
    "line-a train full small:4 onnxruntime/cpu fp32",
    "line-a infer full small:4 onnxruntime/cpu fp32",
  ]);
});

test("a GPU is taken before the CPU, with the paper's batch; a software GPU only when it is named", () => {
  const gpu = [engine("onnxruntime", device("cpu", "cpu"), device("webgpu", "discrete"))];
  expect(plan({ phases: ["train"] }, gpu)).toEqual(["line-a train full paper:16 onnxruntime/webgpu fp32"]);
  const software = [engine("onnxruntime", device("webgpu", "software"), device("cpu", "cpu"))];
  expect(plan({ phases: ["train"] }, software)).toEqual(["line-a train full small:4 onnxruntime/cpu fp32"]);
  expect(plan({ phases: ["train"], device: "webgpu" }, software)).toEqual([
    "line-a train full small:4 onnxruntime/webgpu fp32",
  ]);
});

test("a workload may build something smaller than the paper's; a tiny network is left as it is", () => {
  const images = (selection: Selection) => {
    const { workload } = planCases({ models: ["line-b"], phases: ["train"], ...selection }, plugins, plain)[0]!;
    return { build: workload.build, x: workload.inputs[0]?.shape };
  };
  expect(images({})).toEqual({ build: { overrides: { columns: 5 } }, x: [2, 5] });
  expect(images({ workload: "paper" })).toEqual({ build: {}, x: [16, 8] });
  expect(images({ size: "tiny" })).toEqual({ build: {}, x: [2, 3] });
});

test("what is named is taken, in the order of naming, each once", () => {
  const selection = {
    models: ["LINE_B", "line-a", "line-b"],
    phases: ["Infer"],
    batch: 3,
    size: "tiny",
    engine: "tfjs-cpu",
  };
  expect(plan(selection)).toEqual([
    "line-b infer tiny explicit:3 tfjs-cpu/cpu fp32",
    "line-a infer tiny explicit:3 tfjs-cpu/cpu fp32",
  ]);
  expect(planCases({ batch: 3, phases: ["infer"] }, plugins, plain)[0]?.workload.inputs).toEqual([
    { name: "x", shape: [3, 8], dtype: "float32" },
  ]);
});

const broken = [engine("onnxruntime", device("cpu", "cpu"), device("cuda:0", "discrete", "no CUDA: bench setup cuda"))];

const turing = [
  engine("onnxruntime", {
    ...device("cuda:0", "discrete"),
    precisions: { fp32: {}, fp16: {} },
    refusals: { tf32: "7.5 has no TF32" },
  }),
];

test.each<[Selection, string, EngineInfo[]?]>([
  [{ models: ["lime-a"] }, 'unknown model "lime-a": did you mean fixture/line-a, fixture/line-b?'],
  [{ phases: ["test"] }, 'unknown phase "test": say train, infer, online'],
  [{ phases: ["online"] }, 'line-a has no phase "online": it has infer, train'],
  [{ workload: "large" }, 'unknown workload "large": say small, paper'],
  [{ size: "huge" }, 'unknown size "huge": say tiny, full'],
  [{ engine: "torch" }, 'unknown engine "torch": say onnxruntime, tfjs-cpu'],
  [{ device: "gpu" }, 'unknown device "gpu": say cpu'],
  [{ device: "cuda:0" }, "device cuda:0 of onnxruntime cannot be used: no CUDA: bench setup cuda", broken],
  [{ precision: "fp64" }, 'unknown precision "fp64": say fp32, tf32, fp16'],
  [{ precision: "fp16" }, "cpu of onnxruntime cannot compute fp16: the engine has only fp32 there"],
  [{ precision: "tf32", device: "cuda:0" }, "cuda:0 of onnxruntime cannot compute tf32: 7.5 has no TF32", turing],
  [
    { batch: 2, workload: "small" },
    "a workload and a batch were both given: a workload has its own batch, say only one",
  ],
  ...[0, -1, 1.5, Number.NaN, 65_537].map((batch): [Selection, string] => [
    { batch },
    `batch ${batch} cannot be run: say a whole number from 1 to 65536`,
  ]),
])("%j is refused", (selection, message, engines) => {
  expect(() => plan(selection, engines)).toThrowError(expect.objectContaining({ name: "UsageError", message }));
});
