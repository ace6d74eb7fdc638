import { expect, test } from "vitest";
import type { Photograph } from "./decode.ts";
import {
  cutOut,
  flipped,
  medianFiltered,
  modulated,
  recompressed,
  relevelled,
  remapped,
  sharpened,
  transposed,
} from "./edit.ts";

/** Red counts columns, green counts rows. */
const grid = (width: number, height: number): Photograph => ({
  name: "grid",
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % width, Math.floor(pixel / width), 7][i % 3]! * 10;
  }),
});
const at = ({ pixels, width }: Photograph, x: number, y: number): number[] => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

test("parts, flips and transposes move pixels and change none", async () => {
  const photo = grid(5, 4);
  expect(at(cutOut(photo, { left: 2, top: 1, width: 3, height: 2 }), 1, 1)).toEqual(at(photo, 3, 2));
  expect(() => cutOut(photo, { left: 3, top: 0, width: 3, height: 2 })).toThrow(/is not inside the picture/);
  expect(at(await flipped(photo), 0, 3)).toEqual(at(photo, 4, 3));
  const turned = await transposed(photo);
  expect([turned.width, turned.height]).toEqual([4, 5]);
  expect(at(turned, 3, 1)).toEqual(at(photo, 1, 3));
});

test("a picture keeps its three channels and its size through every filter", async () => {
  const photo = grid(16, 12);
  // A dot, which every filter sees.
  photo.pixels.set([200, 20, 90], (5 * 16 + 8) * 3);
  const filtered = [
    await recompressed(photo, 80),
    await medianFiltered(photo, 3),
    await sharpened(photo, 1),
    await modulated(photo, { hue: 10, saturation: 1.2, brightness: 0.9 }),
    relevelled(photo, [(value) => value + 20, (value) => value, (value) => 255 - value]),
  ];
  for (const each of filtered) {
    expect([each.width, each.height, each.pixels.length]).toEqual([16, 12, 16 * 12 * 3]);
    expect(each.pixels).not.toEqual(photo.pixels);
  }
  expect(at(filtered[4]!, 15, 0)).toEqual([170, 0, 185]);
});

test("a remap reads between pixels, and mirrors at the border", () => {
  const photo = grid(6, 4);
  expect(remapped(photo, (x, y) => [x, y]).pixels).toEqual(photo.pixels);
  const shifted = remapped(photo, (x, y) => [x + 0.5, y - 1]);
  expect(at(shifted, 2, 2)).toEqual([25, 10, 70]);
  expect(at(shifted, 2, 0)).toEqual([25, 10, 70]);
  expect(at(shifted, 5, 3)).toEqual([45, 20, 70]);
});
