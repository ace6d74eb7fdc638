import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSafetensors } from "./read.ts";

const script = fileURLToPath(new URL("../../scripts/convert-checkpoint.py", import.meta.url));
const official = fileURLToPath(new URL("./fixtures/official/", import.meta.url));
const python = spawnSync("python3", ["--version"]).status === 0;
const run = promisify(execFile);

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "convert-"))));
afterEach(() => rm(folder, { recursive: true }));

async function converted(input: string, ...options: string[]) {
  const output = join(folder, "out.safetensors");
  await run("python3", [script, join(official, input), output, ...options]);
  return (await readSafetensors(output)).tensors;
}

// The script is for who has an author's checkpoint, and is the one part that wants a Python.
describe.skipIf(!python)("convert-checkpoint.py", () => {
  it.each(["zip.pth", "old.pth"])("reads what torch.save wrote: %s", async (file) => {
    expect(await converted(file)).toEqual({
      "conv.weight": { shape: [2, 3], dtype: "F32", data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) },
      // Transposed strides behind an offset, in the storage of the other.
      "head.weight": { shape: [3, 2], dtype: "F32", data: Float32Array.of(1.5, 2.25, 1.75, 2.5, 2, 2.75) },
      "bn.num_batches_tracked": { shape: [], dtype: "I64", data: BigInt64Array.of(3n) },
    });
  });

  it("reads a TensorFlow checkpoint, filters turned to outputs first, the optimizer left out", async () => {
    const tensors = await converted("model.ckpt-3");
    expect(Object.keys(tensors)).toHaveLength(153);
    const depth = "Network/Network/Depth";
    const { shape, data } = tensors[`${depth}/conv1/weights`]!;
    expect(shape).toEqual([5, 4, 2, 3]);
    // The file counts up in [height, width, in, out] by eighths.
    const at = (o: number, i: number, h: number, w: number) => data[((o * 4 + i) * 2 + h) * 3 + w];
    expect([at(0, 0, 0, 0), at(1, 0, 0, 0), at(0, 1, 0, 0), at(0, 0, 0, 1), at(4, 3, 1, 2)]).toEqual([
      0, 0.125, 0.625, 2.5, 14.875,
    ]);
    expect(tensors[`${depth}/fc/weights`]).toMatchObject({
      shape: [3, 2],
      data: Float32Array.of(0, 0.375, 0.125, 0.5, 0.25, 0.625),
    });
    expect(tensors[`${depth}/many149/biases`]).toMatchObject({ shape: [1], data: Float32Array.of(0) });
  });

  it("keeps, leaves out and names as asked", async () => {
    expect(Object.keys(await converted("zip.pth", "--drop", "num_batches", "--prefix", "generator."))).toEqual([
      "generator.conv.weight",
      "generator.head.weight",
    ]);
    expect(Object.keys(await converted("model.ckpt-3.index", "--only", "Network/Network/Depth/conv1/"))).toHaveLength(
      2,
    );
  });

  it.each<[string, string | Uint8Array, string[], RegExp]>([
    ["text", "hello", [], /cannot be converted/],
    ["an empty file", "", [], /cannot be converted/],
    ["no such key", "zip.pth", ["--key", "generator"], /has no key "generator"; it has epoch, args, model/],
    ["nothing that is wanted", "zip.pth", ["--only", "critic."], /holds no tensor that is wanted/],
    ["no file", "none.pth", [], /does not exist/],
    // `os.system("touch bad")` in the pickle: never called, and no tensors either.
    [
      "a pickle that would run a program",
      Buffer.from("cos\nsystem\n(S'touch bad'\ntR."),
      [],
      /is not what torch.save writes/,
    ],
  ])("refuses %s in one line, and writes nothing", async (_, content, options, message) => {
    const shipped = typeof content === "string" && content.endsWith(".pth");
    const input = shipped ? join(official, content) : join(folder, "in.pth");
    if (!shipped) await writeFile(input, content);
    const before = await readdir(folder);
    const failure = run("python3", [script, input, join(folder, "out.safetensors"), ...options], { cwd: folder });
    await expect(failure).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    await expect(failure).rejects.toMatchObject({ stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(await readdir(folder)).toEqual(before);
  });
});
