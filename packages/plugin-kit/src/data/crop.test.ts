import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { type Photograph, centerCrop, loadPhotographs, randomResizedCrop } from "./index.ts";

/** A picture whose red runs from left to right and green from top to bottom: a crop tells where it was cut. */
function gradient(width: number, height: number): Photograph {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      pixels[(y * width + x) * 3] = Math.round((255 * x) / (width - 1));
      pixels[(y * width + x) * 3 + 1] = Math.round((255 * y) / (height - 1));
    }
  return { name: "gradient", width, height, pixels };
}

const bytesOf = ({ buffer }: Float32Array) => Buffer.from(buffer);
const plane = (crop: Float32Array, channel: number) =>
  crop.subarray((channel * crop.length) / 3, ((channel + 1) * crop.length) / 3);

/** Share of the picture's width and height that a crop of `gradient` shows, from its corner values. */
function extent(crop: Float32Array): { width: number; height: number; left: number; flipped: boolean } {
  const [red, green] = [plane(crop, 0), plane(crop, 1)];
  const width = (red.at(-1)! - red[0]!) / 2;
  return {
    width: Math.abs(width),
    height: (green.at(-1)! - green[0]!) / 2,
    left: Math.min(red[0]!, red.at(-1)!),
    flipped: width < 0,
  };
}

/** The first column that a centre crop at 1:1 shows. */
async function firstColumn(width: number, size: number): Promise<number> {
  const crop = await centerCrop(gradient(width, size), size, size, { mean: 0, std: 1 });
  return Math.round(crop[0]! * (width - 1));
}

describe("randomResizedCrop", () => {
  test("the same seed gives the same bytes, another seed others", async () => {
    const [photo] = await loadPhotographs();
    const crop = async (seed: number) => bytesOf(await randomResizedCrop(photo!, 64, new Random(seed, "crop")));
    const [first, again, other] = [await crop(1), await crop(1), await crop(2)];
    expect(first.equals(again)).toBe(true);
    expect(first.equals(other)).toBe(false);
  });

  test("crops drawn side by side equal crops drawn one after the other", async () => {
    const photos = await loadPhotographs();
    const together = new Random(3);
    const sideBySide = await Promise.all(photos.map((photo) => randomResizedCrop(photo, 32, together)));
    const alone = new Random(3);
    for (const [index, photo] of photos.entries())
      expect(bytesOf(await randomResizedCrop(photo, 32, alone)).equals(bytesOf(sideBySide[index]!))).toBe(true);
  });

  test("size and range: [3, size, size] in [-1, 1], with ImageNet's constants in their range", async () => {
    const photos = await loadPhotographs();
    for (const photo of photos) {
      const crop = await randomResizedCrop(photo, 48, new Random(4));
      expect(crop.length).toBe(3 * 48 * 48);
      expect(crop.every((value) => value >= -1 && value <= 1)).toBe(true);
    }
    const mean = [0.485, 0.456, 0.406] as const;
    const std = [0.229, 0.224, 0.225] as const;
    const plain = await randomResizedCrop(photos[0]!, 48, new Random(5), { mean: 0, std: 1 });
    const scaled = await randomResizedCrop(photos[0]!, 48, new Random(5), { mean, std });
    for (const channel of [0, 1, 2])
      expect(plane(scaled, channel)[100]).toBeCloseTo(
        (plane(plain, channel)[100]! - mean[channel]!) / std[channel]!,
        5,
      );
  });

  test("over many draws, area, aspect and flips keep to their ranges and spread over them", async () => {
    const photo = gradient(256, 256);
    const random = new Random(6);
    const seen = await Promise.all(
      Array.from({ length: 400 }, async () => extent(await randomResizedCrop(photo, 16, random))),
    );
    const areas = seen.map(({ width, height }) => width * height);
    const aspects = seen.map(({ width, height }) => width / height);
    // 16 samples across leave the outermost half sample out: extents read a sixteenth too small.
    const slack = 0.12;
    expect(Math.min(...areas)).toBeGreaterThan(0.08 * (1 - slack) ** 2);
    expect(Math.min(...areas)).toBeLessThan(0.13);
    expect(Math.max(...areas)).toBeGreaterThan(0.75);
    expect(Math.min(...aspects)).toBeGreaterThan(0.75 * (1 - slack));
    expect(Math.min(...aspects)).toBeLessThan(0.85);
    expect(Math.max(...aspects)).toBeGreaterThan(1.2);
    expect(Math.max(...aspects)).toBeLessThan((4 / 3) * (1 + slack));
    const flips = seen.filter(({ flipped }) => flipped).length;
    expect(flips).toBeGreaterThan(160);
    expect(flips).toBeLessThan(240);
  });

  test("flip 0 never flips, flip 1 mirrors the same crop", async () => {
    const photo = gradient(64, 64);
    const plain = await randomResizedCrop(photo, 16, new Random(7), { flip: 0 });
    const flipped = await randomResizedCrop(photo, 16, new Random(7), { flip: 1 });
    expect(extent(plain).flipped).toBe(false);
    expect(extent(flipped).flipped).toBe(true);
    for (let row = 0; row < 16; row++)
      expect([...flipped.subarray(row * 16, row * 16 + 16)].toReversed()).toEqual([
        ...plain.subarray(row * 16, row * 16 + 16),
      ]);
  });

  test("a picture too long for any draw falls back to the widest centre crop", async () => {
    const crop = await randomResizedCrop(gradient(400, 20), 16, new Random(8), { scale: [1, 1], flip: 0 });
    const { width, height, left } = extent(crop);
    // 20 high at a ratio of 4/3 is 27 wide, in the middle of 400.
    expect(width).toBeCloseTo(27 / 400, 1);
    expect(height).toBeGreaterThan(0.9);
    expect(left).toBeCloseTo(-27 / 400, 1);
  });

  test("a crop of the whole picture at its own size is the picture", async () => {
    const photo = gradient(32, 32);
    const crop = await randomResizedCrop(photo, 32, new Random(9), { scale: [1, 1], ratio: [1, 1], flip: 0 });
    expect(Math.round((plane(crop, 0)[5]! / 2 + 0.5) * 255)).toBe(photo.pixels[5 * 3]);
    expect(Math.round((plane(crop, 1)[32 * 9]! / 2 + 0.5) * 255)).toBe(photo.pixels[32 * 9 * 3 + 1]);
  });

  test("a size that is no number of pixels", async () => {
    await expect(randomResizedCrop(gradient(8, 8), 0, new Random(1))).rejects.toThrow("size 0: give a whole number");
  });
});

describe("centerCrop", () => {
  test("a wide and a high picture: the short side keeps its middle, the long side shows the same", async () => {
    const wide = extent(await centerCrop(gradient(200, 100), 32, 24));
    expect(wide.width).toBeCloseTo((24 / 64) * (23 / 24), 1);
    expect(wide.height).toBeCloseTo((24 / 32) * (23 / 24), 1);
    const high = extent(await centerCrop(gradient(100, 200), 32, 24));
    expect(high.width).toBeCloseTo(wide.height, 1);
    expect(high.height).toBeCloseTo(wide.width, 1);
  });

  test("is centred: red and green average to the middle", async () => {
    const crop = await centerCrop(gradient(120, 90), 64, 48);
    for (const channel of [0, 1]) {
      const values = plane(crop, channel);
      expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0, 1);
    }
  });

  test("an odd remainder is split as torchvision does it: half a pixel goes to the even side", async () => {
    expect(await firstColumn(11, 8)).toBe(2);
    expect(await firstColumn(13, 8)).toBe(2);
    expect(await firstColumn(12, 8)).toBe(2);
  });

  test("more than there is", async () => {
    await expect(centerCrop(gradient(50, 50), 32, 33)).rejects.toThrow("centre crop of 33 px from a side of 32 px");
  });
});
