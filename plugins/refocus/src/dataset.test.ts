import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@epochmark/plugin-kit";
import { encodePng } from "@epochmark/plugin-kit/data";
import { afterAll, beforeAll, expect, test } from "vitest";
import { depthPairs } from "./dataset.ts";
import { models } from "./models.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** Left half dark and far, right half bright and near. */
const picture = (width: number, height: number, dark: number, bright: number) => ({
  name: "picture",
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    Math.floor(i / 3) % width < width / 2 ? dark : bright,
  ),
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "epochmark-depth-"));
  for (const name of ["image", "depth"]) mkdirSync(at("set", "train", name), { recursive: true });
  for (const name of ["a", "b"]) {
    writeFileSync(at("set", "train", "image", `${name}.png`), await encodePng(picture(120, 90, 40, 200)));
    writeFileSync(at("set", "train", "depth", `${name}.png`), await encodePng(picture(60, 45, 10, 250)));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("finds pictures and their depths", async () => {
  expect(await depthPairs.find(at("set"))).toEqual(
    ["a", "b"].map((name) => ({
      image: at("set", "train", "image", `${name}.png`),
      depth: at("set", "train", "depth", `${name}.png`),
      mask: null,
    })),
  );
});

test.each(models)("$id: a batch has the inputs of its train step, from the seed", async (model) => {
  const pairs = await depthPairs.find(at("set"));
  const config = model.configs.tiny;
  const read = () => Promise.all(pairs.map((pair, i) => depthPairs.read(config, pair, new Random(i))));
  const items = await read();
  expect(await read()).toEqual(items);
  const inputs = depthPairs.assemble(config, items, { random: new Random(1), step: 2 });
  const made = await model.makeBatch(config, { phase: "train", batch: 2, random: new Random(1), source: "synthetic" });
  const sizes = (arrays: typeof made) =>
    Object.fromEntries(Object.entries(arrays).map(([name, { length }]) => [name, length]));
  expect(sizes(inputs)).toEqual(sizes(made));
});

test("what is bright in the depth is near, where the picture is bright too", async () => {
  const depth = models.find(({ id }) => id === "deeplens-depth")!.configs.tiny;
  const [pair] = await depthPairs.find(at("set"));
  const { image, target, hasMask } = await depthPairs.read(depth, pair!, new Random(3));
  for (const [index, near] of target!.entries()) {
    if (image![index]! > 0.6) expect(near).toBeGreaterThan(0.5);
    if (image![index]! < 0.3) expect(near).toBeLessThan(0.5);
  }
  expect(hasMask).toEqual(Float32Array.of(0));
  mkdirSync(at("set", "train", "mask"));
  writeFileSync(at("set", "train", "mask", "a.png"), await encodePng(picture(60, 45, 0, 255)));
  const [masked] = await depthPairs.find(at("set"));
  const { mask, hasMask: told } = await depthPairs.read(depth, masked!, new Random(3));
  expect(told).toEqual(Float32Array.of(1));
  expect(new Set(mask)).toEqual(new Set([0, 1]));
});

test("what is wrong with a folder is named", async () => {
  await expect(depthPairs.find(at("set", "train", "image"))).rejects.toThrow(
    /holds no image and depth folders: expected/,
  );
  for (const name of ["image", "depth"]) mkdirSync(at("lonely", name), { recursive: true });
  await expect(depthPairs.find(at("lonely"))).rejects.toThrow(/holds no pictures: expected/);
  writeFileSync(at("lonely", "image", "c.png"), "");
  await expect(depthPairs.find(at("lonely"))).rejects.toThrow(/c\.png: has no picture of its name in .*depth/);
});
