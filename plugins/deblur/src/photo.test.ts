import type { Photograph } from "@epochmark/plugin-kit/data";
import { describe, expect, it } from "vitest";
import { deblurPhotograph } from "./photo.ts";

const task = deblurPhotograph(() => ({ multiple: 32, smallest: 64 }));
const photograph: Photograph = {
  name: "street.jpg",
  width: 70,
  height: 33,
  pixels: Uint8Array.from({ length: 70 * 33 * 3 }, (_, index) => (index * 37) % 256),
};

describe("a photograph", () => {
  it("is padded below and on the right with the middle of the range, and cropped back to itself", async () => {
    if (task.gives !== "photograph") throw new Error("gives a photograph");
    const { blurred } = await task.prepare({}, photograph);
    expect(blurred!.shape).toEqual([1, 3, 64, 96]);
    const at = (channel: number, row: number, column: number) => blurred!.data[(channel * 64 + row) * 96 + column];
    expect(at(1, 32, 69)).toBeCloseTo(photograph.pixels[(32 * 70 + 69) * 3 + 1]! / 127.5 - 1, 6);
    expect([at(1, 33, 69), at(1, 32, 70), at(2, 63, 95)]).toEqual([0, 0, 0]);
    expect(task.present({ restored: blurred! }, photograph)).toEqual(photograph);
  });

  it("fits as it is where its sides do", async () => {
    const fitting = { ...photograph, width: 96, height: 64, pixels: new Uint8Array(96 * 64 * 3) };
    expect((await task.prepare({}, fitting)).blurred!.shape).toEqual([1, 3, 64, 96]);
  });

  it("is refused above the limit, which is named", async () => {
    const huge = { ...photograph, width: 4000, height: 3000 };
    await expect(task.prepare({}, huge)).rejects.toThrow(
      /street\.jpg.*4000 × 3000 pixels, more than the limit of 4194304/,
    );
  });
});
