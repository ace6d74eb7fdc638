import type { EngineDevice } from "@epochmark/engines";
import type { GpuIdentity } from "@epochmark/schema";
import { expect, test } from "vitest";
import type { EngineInfo } from "../child/protocol.ts";
import { machine } from "../fixtures/launches.fixture.ts";
import { identityOf } from "../machine.ts";
import { chooseDevice, everyDevice, reasonFor, replicaDevices, unusableGpus } from "./device.ts";

const device = (id: string, kind: EngineDevice["kind"], changes: Partial<EngineDevice> = {}): EngineDevice => ({
  id,
  kind,
  name: null,
  usable: true,
  reason: null,
  ...changes,
});
const engine = (id: string, kind: EngineInfo["kind"], ...devices: EngineDevice[]): EngineInfo => ({
  id,
  version: "1",
  kind,
  devices,
});
const gpu = (id: string, kind: GpuIdentity["kind"], pciBus: string | null): GpuIdentity => ({
  ...machine.cpu,
  id,
  name: id,
  kind,
  rawNames: [id],
  pciBus,
});

const cpu = device("cpu", "cpu");
const cuda = (index: number, changes: Partial<EngineDevice> = {}) =>
  device(`cuda:${index}`, "discrete", { name: "card", pciBus: `0000:0${index}:00.0`, ...changes });
const webgpu = device("webgpu", "discrete", { name: "card", inferred: true });
const off = (reason: string) => ({ usable: false, reason });

const gpus = [gpu("card", "discrete", "0000:00:00.0"), gpu("card", "discrete", "0000:01:00.0")];
const identity = (each: EngineDevice) => identityOf(each, { ...machine, gpus });
const chosen = (engines: EngineInfo[], asked = {}) => {
  const target = chooseDevice(engines, asked);
  return `${target.engine.id} ${target.device.id}`;
};

test("discrete before integrated before CPU; on one device compiled before eager, in whatever order the engines stand", () => {
  const eager = engine("eager", "eager", device("gpu", "discrete"), cpu);
  expect(chosen([eager, engine("compiled", "compiled", webgpu, cpu)])).toBe("compiled webgpu");
  expect(chosen([eager, engine("compiled", "compiled", device("webgpu", "integrated"), cpu)])).toBe("eager gpu");
  expect(chosen([engine("compiled", "compiled", cpu), engine("eager", "eager", cpu)])).toBe("compiled cpu");
  expect(chosen([engine("compiled", "compiled", device("webgpu", "software"), cpu)])).toBe("compiled cpu");
});

test("of usable devices the one that has the precision is taken", () => {
  const both = engine("compiled", "compiled", cuda(0), { ...webgpu, precisions: { fp32: {}, fp16: {} } });
  expect(chosen([both], { precision: "fp16" })).toBe("compiled webgpu");
});

test("a GPU that no engine can use is named, with what every engine says", () => {
  const engines = [
    engine(
      "onnxruntime",
      "compiled",
      cuda(0, off("no CUDA: bench setup cuda")),
      { ...webgpu, ...off("no adapter") },
      cpu,
    ),
  ];
  const unused = unusableGpus(engines, gpus.slice(0, 1), identity);
  expect(unused).toEqual([
    { name: "card", reason: "cuda:0 of onnxruntime: no CUDA: bench setup cuda; webgpu of onnxruntime: no adapter" },
  ]);
  const why = reasonFor(chooseDevice(engines, {}), {}, unused, engines);
  expect(why).toBe("no engine can use card (bench doctor says what helps)");
  expect(unusableGpus([engine("onnxruntime", "compiled", cuda(0), cuda(1))], gpus, identity)).toEqual([]);
});

test("all is each card once, by its best engine; without a GPU it is the CPU", () => {
  const eager = engine("eager", "eager", cuda(0), cuda(1), cpu);
  const engines = [eager, engine("compiled", "compiled", cuda(0), cuda(1, off("broken")), cpu)];
  const names = everyDevice(engines, {}, identity).map((target) => `${target.engine.id} ${target.device.id}`);
  expect(names).toEqual(["compiled cuda:0", "eager cuda:1"]);
  expect(everyDevice([engine("compiled", "compiled", cpu)], {}, identity)).toMatchObject([{ device: { id: "cpu" } }]);
});

test("replicas are all cards that CUDA reaches, in its order, each by its best engine there", () => {
  const compiled = engine("compiled", "compiled", webgpu, cuda(0, off("broken")), cuda(1), cpu);
  const targets = replicaDevices([compiled, engine("eager", "eager", cuda(0), cuda(1), cpu)], {}, identity);
  expect(targets.map((target) => `${target.engine.id} ${target.device.id}`)).toEqual([
    "eager cuda:0",
    "compiled cuda:1",
  ]);
  // Two devices at one address are one card.
  const slices = engine("compiled", "compiled", cuda(0), cuda(1, { pciBus: "0000:00:00.0" }));
  expect(() => replicaDevices([slices], {}, identity)).toThrow(/^replicas need two or more GPUs/);
});

test.each([
  [{ device: "webgpu" }, webgpu, "as asked"],
  [{}, webgpu, "a discrete GPU comes first, a compiled engine before an eager one"],
  [{}, device("webgpu", "integrated"), "an integrated GPU comes before the CPU, a compiled engine before an eager one"],
  [{}, cpu, "no GPU was found here"],
])("says why: %j", (asked, own, why) => {
  const target = { engine: engine("onnxruntime", "compiled", own), device: own };
  expect(reasonFor(target, asked, [], [target.engine])).toBe(why);
});

test("says that the only GPU is software", () => {
  const engines = [engine("onnxruntime", "compiled", device("webgpu", "software"), cpu)];
  const why = reasonFor(chooseDevice(engines, {}), {}, [], engines);
  expect(why).toBe("the only GPU here is software: --device webgpu takes it");
});
