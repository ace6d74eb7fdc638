import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { decodeImage, encodePng } from "@epochmark/plugin-kit/data";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { infer } from "./infer.ts";

const plugins = [fileURLToPath(new URL("./tasks.fixture.ts", import.meta.url))];
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "infer-"))));
afterEach(() => rm(folder, { recursive: true }));

async function picture(name: string, colour: number[], [width, height] = [4, 2] as [number, number]): Promise<string> {
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, index) => colour[index % 3]!);
  const file = join(folder, name);
  await writeFile(file, await encodePng({ name, width, height, pixels }));
  return file;
}
const run = (model: string, images: string[], more: Partial<Parameters<typeof infer>[0]> = {}) =>
  infer({ model, images, plugins, out: join(folder, "out"), ...more });
const made = () => readdir(join(folder, "out")).then((names) => names.toSorted());

describe("photographs in, photographs out", () => {
  it("of any size, with the checkpoint's weights and the option's value", async () => {
    const weights = join(folder, "w.safetensors");
    await writeSafetensors(weights, { weight: { shape: [1], data: Float32Array.of(0.5) } });
    const images = [await picture("a.png", [10, 20, 30]), await picture("b.png", [40, 50, 60], [3, 5])];
    const report = await run("brighten", images, { weights, settings: { gain: [4] } });
    expect(report).toMatchObject({ model: "tasks/brighten", engine: "onnxruntime", device: "cpu", weights });
    expect(report.results).toMatchObject([
      { gives: "photograph", width: 4, height: 2, file: join(folder, "out", "a-brighten.png") },
      { gives: "photograph", width: 3, height: 5 },
    ]);
    expect(await made()).toEqual(["a-brighten.png", "b-brighten.png"]);
    const { pixels } = await decodeImage(join(folder, "out", "b-brighten.png"));
    expect([...pixels.subarray(0, 3)]).toEqual([80, 100, 120]);
  });

  it("all or none: one that is too wide takes back the one before it", async () => {
    const images = [await picture("a.png", [1, 2, 3]), await picture("wide.png", [1, 2, 3], [101, 1])];
    const refusal = run("brighten", images);
    await expect(refusal).rejects.toThrow(/wide.png: is 101 pixels wide, more than the limit of 100/);
    await expect(refusal).rejects.toMatchObject({ name: "ImageError" });
    expect((await readdir(folder)).toSorted()).toEqual(["a.png", "wide.png"]);
  });
});

it("the most probable classes, best first, by the model's names or by those given", async () => {
  const images = [await picture("a.png", [10, 60, 30])];
  const { results } = await run("colours", images);
  expect(results).toMatchObject([
    {
      gives: "classes",
      top: [{ index: 1, name: "green", probability: expect.closeTo(0.6, 5) }, { name: "blue" }, { name: "red" }],
    },
  ]);
  expect(JSON.parse(await readFile(join(folder, "out", "a-colours.json"), "utf8"))).toMatchObject({ gives: "classes" });
  const renamed = await run("colours", images, { classNames: ["r", "g", "b"] });
  expect(renamed.results).toMatchObject([{ top: [{ name: "g" }, {}, {}] }]);
});

describe("frames in, boxes out", () => {
  const box = { x: 1, y: 2, width: 6, height: 5 };
  async function frames(names: string[]): Promise<string> {
    await mkdir(join(folder, "frames"));
    for (const name of names) await picture(join("frames", name), [9, 9, 9], [20, 12]);
    return join(folder, "frames");
  }

  it("in order of number, as JSON and drawn", async () => {
    const report = await run("mover", [await frames(["10.png", "2.png", "1.png"])], { box });
    expect(report.results).toMatchObject([
      {
        gives: "boxes",
        frames: [
          { frame: "1.png", ...box, score: 1 },
          { frame: "2.png", ...box, x: 2, score: 0.5 },
          { frame: "10.png", ...box, x: 3, score: 0.5 },
        ],
      },
    ]);
    expect(await made()).toEqual(["1.png", "10.png", "2.png", "boxes.json"]);
    const { frames: written } = JSON.parse(await readFile(join(folder, "out", "boxes.json"), "utf8"));
    expect(written[1]).toMatchObject({ frame: "2.png", x: 2 });
    const { pixels } = await decodeImage(join(folder, "out", "2.png"));
    const at = (x: number, y: number) => [...pixels.subarray((y * 20 + x) * 3, (y * 20 + x) * 3 + 3)];
    expect([at(2, 2), at(7, 6), at(1, 2), at(8, 6), at(4, 4)]).toEqual([
      [255, 64, 0],
      [255, 64, 0],
      [9, 9, 9],
      [9, 9, 9],
      [9, 9, 9],
    ]);
  });

  it.each([
    ["no box", ["1.png", "2.png"], {}, /say where it is in the first frame, --box/],
    [
      "a box outside",
      ["1.png", "2.png"],
      { box: { ...box, x: 15 } },
      /box 15,2,6,5 is not inside the first frame, 1.png/,
    ],
    ["one frame", ["1.png"], { box }, /holds 1 frames; two or more/],
  ])("not with %s", async (_, names, more, message) => {
    const path = await frames(names);
    await expect(run("mover", [path], more)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(["frames"]);
  });

  it("not over the frames themselves, nor with a frame that is broken", async () => {
    const path = await frames(["1.png", "2.png"]);
    await expect(run("mover", [path], { box, out: path })).rejects.toThrow(/written over the frames/);
    await writeFile(join(path, "3.png"), "text");
    await expect(run("mover", [path], { box })).rejects.toThrow(/3.png: is not a JPEG/);
    expect(await readdir(folder)).toEqual(["frames"]);
    expect(await readdir(path)).toHaveLength(3);
  });
});

it.each<[string, string, Partial<Parameters<typeof infer>[0]>, RegExp]>([
  ["an option that is none", "brighten", { settings: { glow: [1] } }, /has no option "glow": it has gain/],
  [
    "a value out of range",
    "brighten",
    { settings: { gain: [5] } },
    /gain=5: say 1 number from 0 to 4, factor \(how bright\)/,
  ],
  ["too many values", "brighten", { settings: { gain: [1, 2] } }, /gain=1,2: say 1 number/],
  ["names of other classes", "colours", { classNames: ["one"] }, /1 class names for 3 classes/],
  ["names where there are no classes", "brighten", { classNames: ["one"] }, /gives no classes/],
  ["a box for a photograph", "brighten", { box: { x: 0, y: 0, width: 1, height: 1 } }, /follows no box/],
  ["weights that do not fit", "brighten", { weights: "none.safetensors" }, /none.safetensors: cannot be read/],
])("refuses %s in one line", async (_, model, more, message) => {
  const refusal = run(model, [await picture("a.png", [1, 2, 3])], more);
  await expect(refusal).rejects.toThrow(message);
  await expect(refusal).rejects.toMatchObject({ message: expect.not.stringContaining("\n") });
  expect(await readdir(folder)).toEqual(["a.png"]);
});

it("refuses two images that would have one name", async () => {
  await mkdir(join(folder, "other"));
  const images = [await picture("a.png", [1, 2, 3]), await picture(join("other", "a.png"), [1, 2, 3])];
  await expect(run("brighten", images)).rejects.toThrow(/would both be written as a-brighten/);
});
