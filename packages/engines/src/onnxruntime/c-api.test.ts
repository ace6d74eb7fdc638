import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeOnnx } from "@epochmark/compiler";
import { afterAll, expect, test } from "vitest";
import { program, trainStep } from "../steps.fixture.ts";
import { arenaSettings, NativeSession } from "./c-api.ts";

const folder = mkdtempSync(join(tmpdir(), "epochmark-c-api-"));
const options = { threads: 1, optimize: false, profileFilePrefix: join(folder, "run") };
const { graph, inputs } = program(trainStep("momentum"));
const model = writeOnnx(graph, "step", { frozen: {}, kernels: "cpu" });

afterAll(() => rmSync(folder, { recursive: true }));

test("a damaged model gives onnxruntime's own error", async () => {
  const damaged = { ...model, bytes: model.bytes.slice(0, model.bytes.length / 2) };
  await expect(NativeSession.create(damaged, options)).rejects.toThrow(/ModelProto|protobuf/i);
});

test("a name that the model does not have is refused, and so is a run of which nothing is asked", async () => {
  const session = await NativeSession.create(model, options);
  const [spec] = inputs;
  if (!spec) throw new Error("the step takes no input");
  const slot = session.slot(spec);
  expect(() => session.bind([{ name: "nobody", slot }], [])).toThrow("nobody");
  const binding = session.bind([{ name: model.names.inputs[spec.name] as string, slot }], []);
  await expect(session.run(binding)).rejects.toThrow("At least one output");
  session.endProfiling();
  await session.release();
});

test("the arena's first block takes what the steps need and no more than a block can", () => {
  const first = (heldMiB: number, packedMiB: number, blocked: boolean) =>
    arenaSettings(heldMiB * 2 ** 20, packedMiB * 2 ** 20, blocked)["initial_chunk_size_bytes"];
  const largest = 2 ** 31 - 256;
  expect(first(100, 50, true)).toBe(251 * 2 ** 20);
  expect(first(100, 50, false)).toBe(201 * 2 ** 20);
  expect(first(1300, 0, true)).toBe(largest);
  expect(first(1800, 0, false)).toBe(largest);
});
