import type { EngineDevice } from "@epochmark/engines";
import { cudaDevices, tfjsNodeDevices, webgpuDevices } from "@epochmark/engines/testing";
import { type Fixture, fixtures, identified } from "@epochmark/hardware/testing";
import { describe, expect, test } from "vitest";
import type { EngineInfo } from "../child/protocol.ts";
import { machine } from "../fixtures/launches.fixture.ts";
import { identityOf } from "../machine.ts";
import { chooseDevice, unusableGpus } from "./device.ts";

// On recorded machines: what their drivers say becomes the engines' devices, of which a plain run takes one.
const machines = fixtures.flatMap(({ engines, ...fixture }) => (engines ? [{ ...fixture, engines }] : []));
type Recorded = (typeof machines)[number];

const cpu: EngineDevice = { id: "cpu", kind: "cpu", name: null, usable: true, reason: null };

/** As the trial of a device that the machine's drivers do not have ends. */
const tried = (devices: EngineDevice[], { adapters }: NonNullable<Fixture["engines"]>, platform: string) =>
  adapters || platform === "darwin"
    ? devices
    : devices.map((device) => ({ ...device, usable: false, reason: "no adapter" }));

function enginesOf({ outputs, engines }: Recorded, cudaLibraries: string | null): EngineInfo[] {
  const platform = outputs.platform as NodeJS.Platform;
  const cards = engines.cards ?? null;
  const vulkan = engines.adapters ? { devices: engines.adapters, drivers: [] } : null;
  const webgpu = tried(webgpuDevices(vulkan, platform), engines, platform);
  const cuda = platform === "linux" ? cudaDevices(cards, cudaLibraries) : [];
  return [
    { id: "onnxruntime", version: "1", kind: "compiled", devices: [...cuda, ...webgpu, cpu] },
    { id: "tfjs-node", version: "1", kind: "eager", devices: tfjsNodeDevices(null, cards) },
    { id: "tfjs-cpu", version: "1", kind: "eager", devices: [cpu] },
  ];
}

describe.each(machines)("$file: $about", (recorded) => {
  const here = { ...machine, gpus: identified(recorded) };
  const { takes, unused } = recorded.engines;
  const taken = (engines: EngineInfo[]) => {
    const { engine, device } = chooseDevice(engines, {});
    return { engine: engine.id, device: device.id, gpu: identityOf(device, here).id };
  };

  test("what a plain run takes, and which GPUs it calls unused", () => {
    const engines = enginesOf(recorded, null);
    const { cuda: _, ...plain } = takes;
    expect(taken(engines)).toEqual(plain.device === "cpu" ? { ...plain, gpu: machine.cpu.id } : plain);
    const names = unusableGpus(engines, here.gpus, (device) => identityOf(device, here)).map(({ name }) => name);
    expect(names).toEqual(unused);
  });

  test.runIf(takes.cuda)("what it takes after `bench setup cuda`", () => {
    const engines = enginesOf(recorded, "/cache/cuda");
    expect(taken(engines)).toEqual({ engine: "onnxruntime", ...takes.cuda });
    expect(unusableGpus(engines, here.gpus, (device) => identityOf(device, here))).toEqual([]);
  });
});
