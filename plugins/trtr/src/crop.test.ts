import { expect, it } from "vitest";
import { crop, insideOf, type Photograph } from "./crop.ts";

/** Red is 40 x, green 50 y, blue 7 everywhere. */
const photo: Photograph = {
  name: "ramp",
  width: 4,
  height: 4,
  pixels: Uint8Array.from({ length: 48 }, (_, index) => {
    const [x, y] = [Math.floor(index / 3) % 4, Math.floor(index / 12)];
    return [40 * x, 50 * y, 7][index % 3]!;
  }),
};
const pixel = (value: number, channel: number) =>
  (value / 255 - [0.485, 0.456, 0.406][channel]!) / [0.229, 0.224, 0.225][channel]!;

it("interpolates between the pixels that a view shows, blue first", () => {
  // Enlarged twice around the photograph's middle: crop pixels lie at 1.25 and 1.75 of the photograph's.
  const values = crop(photo, 2, { from: [2, 2], to: [1, 1], scale: [2, 2] });
  const expected = [
    [7, 7, 7, 7],
    [62.5, 62.5, 87.5, 87.5],
    [50, 70, 50, 70],
  ].flatMap((plane, channel) => plane.map((value) => pixel(value, channel)));
  for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 5);
});

it("moves the point to where it is wanted, and fills the outside with the mean colour", () => {
  const values = crop(photo, 4, { from: [0, 0], to: [2, 2], scale: [1, 1] });
  const red = Array.from(values.subarray(32));
  const wanted = [60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 0, 40, 60, 60, 0, 40].map((value) => pixel(value, 2));
  for (const [index, value] of wanted.entries()) expect(red[index]).toBeCloseTo(value, 5);
});

it("says which cells have their centre in the photograph", () => {
  // Two crop pixels a photograph pixel, its upper left corner in the middle: cells of four pixels have centres at -3, -1, 1, 3.
  const inside = insideOf(photo, { from: [0, 0], to: [8, 8], scale: [2, 2] }, 16, 4);
  const row = (at: number) => [0, 1, 2, 3].map((column) => inside(at, column));
  expect([row(0), row(1), row(2)]).toEqual([Array(4).fill(false), Array(4).fill(false), [false, false, true, true]]);
  // The photograph ends at 4: the last centre is at 5.
  expect(insideOf(photo, { from: [2, 2], to: [8, 8], scale: [2, 2] }, 16, 4)(1, 3)).toBe(false);
});
