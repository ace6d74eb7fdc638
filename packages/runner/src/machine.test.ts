import { fixtures, identified } from "@epochmark/hardware/testing";
import { validateRunFile } from "@epochmark/records";
import { exampleRunFile } from "@epochmark/records/testing";
import type { EngineDevice } from "@epochmark/engines";
import { expect, test } from "vitest";
import { machine } from "./fixtures/launches.fixture.ts";
import { identityOf } from "./machine.ts";

const device = (changes: Partial<EngineDevice>): EngineDevice => ({
  id: "webgpu",
  kind: "discrete",
  name: null,
  usable: true,
  reason: null,
  ...changes,
});

const card = (id: string, rawName: string, pciBus: string) => ({
  ...machine.cpu,
  id,
  name: rawName,
  vendor: "nvidia" as const,
  kind: "discrete" as const,
  rawNames: [rawName],
  pciBus,
});
const gpus = [
  card("geforce-rtx-3090", "NVIDIA GeForce RTX 3090", "0000:01:00.0"),
  card("geforce-gtx-1050-ti", "NVIDIA GeForce GTX 1050 Ti", "0000:02:00.0"),
];

test("a device with an address is the card there, whatever comes first", () => {
  const found = identityOf(device({ id: "cuda:1", name: "anything", pciBus: "0000:02:00.0" }), { ...machine, gpus });
  expect(found).toEqual(gpus[1]);
});

test("a device that another source names is the card of that name, inferred", () => {
  const found = identityOf(device({ name: "NVIDIA GeForce GTX 1050 Ti", inferred: true }), { ...machine, gpus });
  expect(found).toEqual({ ...gpus[1], inferred: true });
});

test("a device that nobody names is the first of its kind, inferred; without any it is refused", () => {
  expect(identityOf(device({}), { ...machine, gpus })).toEqual({ ...gpus[0], inferred: true });
  expect(() => identityOf(device({}), machine)).toThrow("device webgpu is none that this machine's tools name");
});

test("a software adapter is called so, also where no tool of the machine lists it", () => {
  const swiftshader = device({
    kind: "software",
    name: "SwiftShader Device (Subzero)",
    pciId: "1ae0:c0de",
    inferred: true,
  });
  expect(identityOf(swiftshader, machine)).toMatchObject({
    id: "swiftshader",
    name: "SwiftShader",
    vendor: "google",
    kind: "software",
    inferred: true,
  });
});

test.each(fixtures.map((fixture) => [fixture.file, fixture] as const))(
  "%s: a record of any of its devices is taken as it is named",
  async (_, fixture) => {
    for (const gpu of identified(fixture)) {
      const { problems } = await validateRunFile(await exampleRunFile({ gpu, cases: [] }));
      expect(problems, gpu.name).toEqual([]);
    }
  },
);
