import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type WritableTensor, readSafetensors, writeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { afterEach, beforeEach, expect, it } from "vitest";
import { evaluate } from "./run.ts";

const plugins = [fileURLToPath(new URL("../golden/line.fixture.ts", import.meta.url))];
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "eval-"))));
afterEach(() => rm(folder, { recursive: true }));

const tensor = (shape: number[], values: number[]): WritableTensor => ({ shape, data: Float32Array.from(values) });
const weights = {
  weight: tensor([2, 3], [1, 0, 0, 0, 1, 1]),
  bias: tensor([2], [10, 20]),
  mean: tensor([3], [0, 0, 0]),
};
const inputs = { x: tensor([1, 3], [1, 2, 3]) };

async function run(checkpoint: Record<string, WritableTensor>, given: Record<string, WritableTensor>) {
  const paths = { weights: join(folder, "w"), inputs: join(folder, "x"), outputs: join(folder, "y") };
  await writeSafetensors(paths.weights, checkpoint);
  await writeSafetensors(paths.inputs, given);
  return evaluate({ model: "fixture/LINE", ...paths, plugins });
}

it("runs inference with a checkpoint and writes the outputs under their names", async () => {
  const report = await run(weights, inputs);
  expect(report).toMatchObject({ model: "fixture/line", batch: 1, engine: "onnxruntime" });
  const { tensors } = await readSafetensors(report.file);
  expect(tensors.y).toEqual({ shape: [1, 2], dtype: "F32", data: Float32Array.of(11, 25) });
});

it.each([
  ["a missing weight", { weight: weights.weight, bias: weights.bias }, inputs, /1 missing \("mean"\)/],
  [
    "a weight of another shape",
    { ...weights, bias: tensor([3], [1, 2, 3]) },
    inputs,
    /"bias" is \[3\], expected \[2\]/,
  ],
  ["a missing input", weights, { y: inputs.x }, /unknown input "y"; the model takes x/],
  ["an input of another shape", weights, { x: tensor([1, 2], [1, 2]) }, /"x" is \[1,2\], the model takes \[1,3\]/],
  ["two batches", weights, { ...inputs, z: tensor([2, 3], [1, 2, 3, 4, 5, 6]) }, /batch of "z" is 2, that of "x" is 1/],
  ["no input", weights, {}, /holds no tensor/],
  ["integers", weights, { x: { shape: [1, 3], data: Int32Array.of(1, 2, 3) } }, /"x" is I32, the model takes float32/],
])("refuses %s in one line and writes nothing", async (_, checkpoint, given, message) => {
  const refusal = run(checkpoint as Record<string, WritableTensor>, given as Record<string, WritableTensor>);
  await expect(refusal).rejects.toThrow(message);
  await expect(refusal).rejects.toMatchObject({ message: expect.not.stringContaining("\n") });
  expect((await readdir(folder)).toSorted()).toEqual(["w", "x"]);
});
