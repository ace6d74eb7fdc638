import { describe, expect, it } from "vitest";
import { resize } from "./resize.ts";

/** Red grows by 1 a column, green by 2 a row. */
const ramp = { name: "ramp", width: 64, height: 32, pixels: new Uint8Array(64 * 32 * 3) };
for (let index = 0; index < 64 * 32; index++) ramp.pixels.set([index % 64, 2 * Math.floor(index / 64), 7], 3 * index);

describe("resize", () => {
  it("averages where it shrinks: a pixel of the result stands in the middle of what it covers", async () => {
    const half = await resize(ramp, 32, 16);
    expect(half).toMatchObject({ name: "ramp", width: 32, height: 16 });
    const at = (row: number, column: number) => [...half.pixels.subarray(3 * (row * 32 + column)).subarray(0, 3)];
    const [red, green, blue] = at(8, 10) as [number, number, number];
    expect(Math.abs(red - 20.5)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(green - 33)).toBeLessThanOrEqual(0.5);
    expect(blue).toBe(7);
  });

  it("may change the ratio of the sides, and gives the same picture in its own size", async () => {
    expect((await resize(ramp, 20, 40)).pixels).toHaveLength(20 * 40 * 3);
    expect(await resize(ramp, 64, 32)).toBe(ramp);
  });
});
