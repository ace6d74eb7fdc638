import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@epochmark/plugin-kit";
import { encodePng } from "@epochmark/plugin-kit/data";
import { afterAll, beforeAll, expect, test } from "vitest";
import { model } from "./model.ts";
import { sequences } from "./sequences.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const config = model.configs.tiny;

/** A bright target of 20 × 12 that moves over a dark ground; its red is the sequence's own. */
const frame = (index: number, red: number) => ({
  name: "frame",
  width: 96,
  height: 80,
  pixels: Uint8Array.from({ length: 96 * 80 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 96, Math.floor(i / 288)];
    const inside = x >= 20 + 3 * index && x < 40 + 3 * index && y >= 30 && y < 42;
    return inside ? [red, 200, 200][i % 3]! : 20;
  }),
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "epochmark-got-"));
  for (const [number, red] of [250, 120].entries()) {
    const sequence = `GOT-10k_Train_00000${number + 1}`;
    mkdirSync(at("GOT", "train", sequence), { recursive: true });
    for (let index = 0; index < 4; index++)
      writeFileSync(at("GOT", "train", sequence, `0000000${index + 1}.png`), await encodePng(frame(index, red)));
    const lines = [0, 1, 2, 3].map((index) => `${20 + 3 * index}.0,30.0,20.0,12.0`);
    // The third frame does not show it.
    lines[2] = "0,0,0,0";
    writeFileSync(at("GOT", "train", sequence, "groundtruth.txt"), `${lines.join("\n")}\n`);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("finds the frames that show their target", async () => {
  const frames = await sequences.find(at("GOT"));
  expect(frames.map(({ index }) => index)).toEqual([0, 1, 3, 0, 1, 3]);
});

test("the search image shows the target where the box says, and negatives show another", async () => {
  const [first] = await sequences.find(at("GOT"));
  const side = config.trainSearch;
  let negatives = 0;
  for (let seed = 0; seed < 30; seed++) {
    const { template, search, boxes, valid } = await sequences.read(config, first!, new Random(seed));
    expect(template).toHaveLength(3 * config.template ** 2);
    negatives += Number(!valid[0]);
    const [x, y, width, height] = boxes as unknown as [number, number, number, number];
    const green = (column: number, row: number): number =>
      search[side * side + Math.floor(row) * side + Math.floor(column)]!;
    // A blur along a line dims the target: it is still brighter than a corner of the crop far from it.
    expect(green(x, y)).toBeGreaterThan(green(x < side / 2 ? side - 1 : 0, y < side / 2 ? side - 1 : 0));
    expect(width / height).toBeGreaterThan(1.1);
    expect(await sequences.read(config, first!, new Random(seed))).toEqual({ template, search, boxes, valid });
  }
  expect(negatives).toBeGreaterThan(1);
  expect(negatives).toBeLessThan(14);
});

test("a batch has the inputs of the train step", async () => {
  const frames = await sequences.find(at("GOT"));
  const items = await Promise.all(frames.slice(0, 2).map((each, i) => sequences.read(config, each, new Random(i))));
  const inputs = sequences.assemble(config, items, { random: new Random(1), step: 2 });
  const made = await model.makeBatch(config, { phase: "train", batch: 2, random: new Random(1), source: "synthetic" });
  const sizes = (arrays: typeof made) =>
    Object.fromEntries(Object.entries(arrays).map(([name, { length }]) => [name, length]));
  expect(sizes(inputs)).toEqual(sizes(made));
});

test("what is wrong with a folder is named", async () => {
  mkdirSync(at("bare", "one"), { recursive: true });
  await expect(sequences.find(at("bare"))).rejects.toThrow(
    /groundtruth\.txt: cannot be read \(ENOENT\); expected train/,
  );
  mkdirSync(at("empty"));
  await expect(sequences.find(at("empty"))).rejects.toThrow(/holds no sequences: expected train\/<sequence>/);
  mkdirSync(at("odd", "two"), { recursive: true });
  writeFileSync(at("odd", "two", "groundtruth.txt"), "1,2,3\n");
  await expect(sequences.find(at("odd"))).rejects.toThrow(/line 1 is no x,y,width,height: "1,2,3"/);
});
