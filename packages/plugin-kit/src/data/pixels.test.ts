import { expect, test } from "vitest";
import { type Normalisation, decodeImage, denormalise, encodePng, loadPhotographs, normalise } from "./index.ts";

const imagenet: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

test("channels become planes", () => {
  const values = normalise(Uint8Array.of(255, 0, 0, 0, 255, 51), { mean: 0, std: 1 });
  expect([...values]).toEqual([1, 0, 0, 1, 0, Math.fround(0.2)]);
});

test.each([
  ["plain", {}],
  ["ImageNet's", imagenet],
])("there and back with %s constants gives every pixel again", async (_, constants) => {
  for (const photo of await loadPhotographs()) {
    const again = denormalise(normalise(photo.pixels, constants), photo, constants);
    expect([again.name, again.width, again.height]).toEqual([photo.name, photo.width, photo.height]);
    expect(Buffer.from(again.pixels).equals(photo.pixels)).toBe(true);
  }
});

test("what lies outside is held at black and white, the rest goes to the nearest level", () => {
  const values = Float32Array.of(-3, 3, 0.6 / 255);
  const { pixels } = denormalise(values, { name: "dot", width: 1, height: 1 }, { mean: 0, std: 1 });
  expect([...pixels]).toEqual([0, 255, 1]);
});

test("another number of values is refused", () => {
  expect(() => denormalise(new Float32Array(9), { name: "x", width: 2, height: 2 })).toThrow(/9 values are no picture/);
});

test("a PNG holds the pixels exactly", async () => {
  const [photo] = await loadPhotographs();
  const read = await decodeImage(await encodePng(photo!));
  expect([read.width, read.height]).toEqual([photo!.width, photo!.height]);
  expect(Buffer.from(read.pixels).equals(photo!.pixels)).toBe(true);
});
