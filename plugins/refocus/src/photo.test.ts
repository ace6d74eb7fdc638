import { initialState, makeStep } from "@epochmark/plugin-kit";
import { denormalise, type Photograph } from "@epochmark/plugin-kit/data";
import { runEagerly } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { models } from "./models.ts";

const model = models[0]!;
const { photo } = model;
if (photo?.gives !== "photograph") throw new Error("DeepLens gives a photograph");
const { tiny, full } = model.configs;

const plain = (width: number, height: number): Photograph => {
  const pixels = new Uint8Array(width * height * 3);
  for (let index = 0; index < width * height; index++) pixels.set([255, 102, 0], 3 * index);
  return { name: "plain", width, height, pixels };
};

describe("a photograph", () => {
  it("goes in as blue, green, red in [0, 1]", async () => {
    const { image } = await photo.prepare(full, plain(6, 4));
    expect(image!.shape).toEqual([1, 3, 4, 6]);
    expect(
      [...image!.data.subarray(0, 24), ...image!.data.subarray(48)].every((value, i) => value === (i < 24 ? 0 : 1)),
    ).toBe(true);
    expect(image!.data[24]).toBeCloseTo(0.4, 6);
  });

  it("is shrunk to 1280 pixels, its point of focus given in pixels of the lowest level", async () => {
    const inputs = await photo.prepare(full, plain(2560, 1000), { focus: [1, 0.25], aperture: [0.3] });
    expect(inputs.image!.shape).toEqual([1, 3, 500, 1280]);
    expect([...inputs.focalPoint!.data]).toEqual([319, 31]);
    expect(inputs.aperture!.data[0]).toBeCloseTo(0.3, 6);
    expect([...(await photo.prepare(full, plain(8, 8))).focalPoint!.data]).toEqual([4, 4]);
  });

  it("comes out of the highest level that there is", () => {
    const dof = (side: number, value: number) => ({
      shape: [1, 3, side, side],
      data: new Float32Array(3 * side ** 2).fill(value),
    });
    const shown = photo.present({ dof0: dof(1, 1), dof2: dof(4, 0.2), dof1: dof(2, 1) }, plain(9, 9));
    expect(shown).toEqual(denormalise(dof(4, 0.2).data, { name: "plain", width: 4, height: 4 }, { mean: 0, std: 1 }));
  });

  it("runs through a network built for its shapes", async () => {
    const inputs = await photo.prepare(tiny, plain(24, 17), { focus: [0.1, 0.9] });
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, [...shape]]));
    const step = makeStep(model, { phase: "infer", size: "tiny", batch: 1, shapes });
    expect(step.inputs.map(({ name, shape }) => [name, shape])).toEqual(Object.entries(shapes));
    const arrays = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
    const { outputs } = await runEagerly(step, initialState(step.state, 0), arrays);
    const found = photo.present({ dof0: { shape: [1, 3, 17, 24], data: outputs.dof0 as Float32Array } }, plain(24, 17));
    expect(found).toMatchObject({ width: 24, height: 17 });
  });
});
