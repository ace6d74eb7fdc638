import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@epochmark/plugin-kit";
import { encodePng } from "@epochmark/plugin-kit/data";
import { afterAll, beforeAll, expect, test } from "vitest";
import { corrupt, distort } from "./augment.ts";
import { augmentedPairs, halvedPairs } from "./dataset.ts";
import { models } from "./models.ts";
import { v2Models } from "./v2-models.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const tiny = models[0]!.configs.tiny;
const v2Tiny = v2Models[1]!.configs.tiny;

/** A smooth picture, so that what resizing and remapping do to it can be told. */
const picture = (seed: number, width = 128, height = 96) => ({
  name: `picture ${seed}`,
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return 128 + 100 * Math.sin((pixel % width) / 9 + seed + (i % 3)) * Math.cos(Math.floor(pixel / width) / 7);
  }),
});

/** Two scenes of two pairs; what is called blurred is the sharp picture itself, so that a pair that is cut alike is equal. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "epochmark-gopro-"));
  for (const [index, scene] of ["one", "two"].entries())
    for (const kind of ["blur", "sharp"]) {
      mkdirSync(at("GoPro", "train", scene, kind), { recursive: true });
      for (const frame of [1, 2])
        writeFileSync(
          at("GoPro", "train", scene, kind, `00${frame}.png`),
          await encodePng(picture(10 * index + frame)),
        );
    }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("finds GoPro's pairs, in order; a folder of blur and sharp alone is one scene", async () => {
  const pairs = await halvedPairs.find(at("GoPro"));
  expect(pairs).toHaveLength(4);
  expect(pairs[0]).toEqual({
    blurred: at("GoPro", "train", "one", "blur", "001.png"),
    sharp: at("GoPro", "train", "one", "sharp", "001.png"),
  });
  expect(await halvedPairs.find(at("GoPro", "train", "two"))).toHaveLength(2);
});

test("a wrong layout and a picture without a partner are named", async () => {
  mkdirSync(at("other", "images"), { recursive: true });
  await expect(halvedPairs.find(at("other"))).rejects.toThrow(/holds no pairs: expected train\/<scene>\/blur\/\*\.png/);
  mkdirSync(at("lonely", "blur"), { recursive: true });
  mkdirSync(at("lonely", "sharp"));
  writeFileSync(at("lonely", "blur", "7.png"), "");
  await expect(halvedPairs.find(at("lonely"))).rejects.toThrow(/7\.png: has no picture of its name in .*sharp/);
});

test("both pictures of a pair are cut, flipped and distorted alike; draws follow from the seed", async () => {
  const [files] = await halvedPairs.find(at("GoPro"));
  for (let seed = 0; seed < 12; seed++) {
    const pair = await halvedPairs.read(tiny, files!, new Random(seed));
    expect(pair.blurred).toEqual(pair.sharp);
    expect(pair.sharp).toHaveLength(3 * 16 * 16);
    const [one, two] = await distort([picture(1), picture(1)], new Random(seed));
    expect(one).toEqual(two);
    expect(await halvedPairs.read(tiny, files!, new Random(seed))).toEqual(pair);
  }
  const distorted = await Promise.all(Array.from({ length: 40 }, (_, seed) => distort([picture(1)], new Random(seed))));
  const kinds = new Set(distorted.map(([each]) => each!.pixels.join()));
  expect(kinds.size).toBeGreaterThan(8);
});

test("only the blurred picture is corrupted, about half the time, and keeps its size", async () => {
  const original = picture(3, 64, 64);
  const corrupted = await Promise.all(Array.from({ length: 60 }, (_, seed) => corrupt(original, new Random(seed))));
  for (const { width, height, pixels } of corrupted)
    expect([width, height, pixels.length]).toEqual([64, 64, 64 * 64 * 3]);
  const changed = corrupted.filter(({ pixels }) => !Buffer.from(pixels).equals(Buffer.from(original.pixels)));
  expect(changed.length).toBeGreaterThan(15);
  expect(changed.length).toBeLessThan(45);
});

test("a batch has what the train step takes, with the pairs in their places", async () => {
  const files = await augmentedPairs.find(at("GoPro"));
  const request = { random: new Random(5), step: 3 };
  const items = await Promise.all(files.slice(0, 2).map((each, i) => augmentedPairs.read(v2Tiny, each, new Random(i))));
  const inputs = augmentedPairs.assemble(v2Tiny, items, request);
  expect([...inputs.sharp!.subarray(inputs.sharp!.length / 2)]).toEqual([...items[1]!.sharp]);
  expect(inputs.step).toEqual(Float32Array.of(3));
  const v1 = await Promise.all(files.slice(0, 1).map((each) => halvedPairs.read(tiny, each, new Random(1))));
  expect(Object.keys(halvedPairs.assemble(tiny, v1, request)).toSorted()).toEqual(
    Object.keys(
      await models[0]!.makeBatch(tiny, { phase: "train", batch: 1, random: new Random(1), source: "synthetic" }),
    ).toSorted(),
  );
});

test("a picture smaller than the crop is refused with both sizes", async () => {
  const [files] = await halvedPairs.find(at("GoPro"));
  await expect(halvedPairs.read(models[0]!.configs.full, files!, new Random(1))).rejects.toThrow(
    /leaves 64 × 48, smaller than the crop of 256 × 256/,
  );
});
