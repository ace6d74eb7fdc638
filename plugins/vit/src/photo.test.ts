import { type Photograph } from "@epochmark/plugin-kit/data";
import { describe, expect, it } from "vitest";
import plugin from "./index.ts";

const model = (id: string) => plugin.models.find((candidate) => candidate.id === id)!;
const [deit, deepvit] = [model("vit-small-patch16-224"), model("deepvit-s")];

/** A picture of 896 × 448 whose red grows by 1 every 4 columns: a crop tells where it was cut. */
const ramp: Photograph = { name: "ramp", width: 896, height: 448, pixels: new Uint8Array(896 * 448 * 3) };
for (let index = 0; index < 896 * 448; index++) ramp.pixels.set([Math.floor((index % 896) / 4), 51, 204], 3 * index);

async function input(tested: typeof deit) {
  const { input: found, ...others } = await tested.photo!.prepare(tested.configs.full, ramp);
  expect(others).toEqual({});
  expect(found!.shape).toEqual([1, 3, 224, 224]);
  return (channel: number, row: number, column: number) => found!.data[(channel * 224 + row) * 224 + column]!;
}

describe("the photograph", () => {
  it("is resized and cropped as in DeiT's evaluation, with ImageNet's mean and deviation", async () => {
    const at = await input(deit);
    // 448 rows become 256, so one column is 1.75 of the picture's; the crop starts at column (512 - 224) / 2.
    const red = (column: number) => (at(0, 112, column) * 0.229 + 0.485) * 255;
    expect(Math.abs(red(0) - (144 * 1.75) / 4)).toBeLessThan(1);
    expect(Math.abs(red(223) - (367 * 1.75) / 4)).toBeLessThan(1);
    expect(at(1, 0, 0)).toBeCloseTo((0.2 - 0.456) / 0.224, 6);
    expect(at(2, 223, 223)).toBeCloseTo((0.8 - 0.406) / 0.225, 6);
  });

  it("is resized to 248 for DeepViT, with pixels in [-1, 1]", async () => {
    const at = await input(deepvit);
    const red = (column: number) => (at(0, 112, column) + 1) * 127.5;
    expect(Math.abs(red(0) - ((136 * 448) / 248 + 0.4) / 4)).toBeLessThan(1);
    expect(at(1, 0, 0)).toBeCloseTo(-0.6, 6);
    expect(at(2, 0, 0)).toBeCloseTo(0.6, 6);
  });
});

describe("the probabilities", () => {
  const { photo } = deit;
  if (photo?.gives !== "classes") throw new Error("a ViT gives classes");
  const probabilities = (...logits: number[]) =>
    photo.present({ logits: { shape: [1, logits.length], data: Float32Array.from(logits) } });

  it("are the logits' softmax, however large these are", () => {
    expect([...probabilities(0, Math.log(3))]).toEqual([0.25, 0.75]);
    expect([...probabilities(1000, 1000)]).toEqual([0.5, 0.5]);
  });

  it("belong to ImageNet's classes, one name a class", () => {
    expect(photo.classNames).toHaveLength(1000);
    expect(new Set(photo.classNames).size).toBeGreaterThan(995);
    expect([0, 281, 999].map((index) => photo.classNames![index])).toEqual([
      "tench, Tinca tinca",
      "tabby, tabby cat",
      "toilet tissue, toilet paper, bathroom tissue",
    ]);
  });

  it("are what every model here gives", () =>
    expect(plugin.models.every((each) => each.photo?.gives === "classes")).toBe(true));
});
