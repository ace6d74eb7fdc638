import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageError, type Photograph, decodeImage } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "images-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** 3 wide, 2 high; left column red, the rest blue. */
const PIXELS = Uint8Array.from([255, 0, 0, 0, 0, 255, 0, 0, 255, 255, 0, 0, 0, 0, 255, 0, 0, 255]);
const raw = (pixels: Uint8Array, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(pixels, { raw: { width, height, channels } });
const picture = () => raw(PIXELS, 3, 2, 3);

const at = ({ pixels, width }: Photograph, x: number, y: number) => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe("formats", () => {
  test.each([
    ["png", () => picture().png().toBuffer()],
    ["lossless webp", () => picture().webp({ lossless: true }).toBuffer()],
  ])("%s gives the pixels exactly", async (_, encode) => {
    const { width, height, pixels } = await decodeImage(await encode());
    expect([width, height]).toEqual([3, 2]);
    expect(pixels).toEqual(PIXELS);
  });

  test("jpeg gives a flat colour closely, named by the file", async () => {
    const path = join(folder, "flat.jpg");
    await sharp({ create: { width: 16, height: 8, channels: 3, background: "#3080c0" } })
      .jpeg()
      .toFile(path);
    const decoded = await decodeImage(path);
    expect([decoded.name, decoded.width, decoded.height]).toEqual(["flat.jpg", 16, 8]);
    for (const [index, value] of at(decoded, 7, 4).entries())
      expect(Math.abs(value - [0x30, 0x80, 0xc0][index]!)).toBeLessThanOrEqual(3);
  });

  test("EXIF orientation is applied: 6 is shown turned right by 90 degrees", async () => {
    const decoded = await decodeImage(await picture().withMetadata({ orientation: 6 }).png().toBuffer());
    expect([decoded.width, decoded.height]).toEqual([2, 3]);
    // The left column has become the top row.
    expect([at(decoded, 0, 0), at(decoded, 1, 0), at(decoded, 0, 1)]).toEqual([
      [255, 0, 0],
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  test("grey becomes three equal channels, in png and jpeg", async () => {
    const grey = raw(new Uint8Array(64).fill(90), 8, 8, 1).toColourspace("b-w");
    for (const bytes of [await grey.clone().png().toBuffer(), await grey.clone().jpeg().toBuffer()]) {
      expect((await sharp(bytes).metadata()).channels).toBe(1);
      expect(new Set((await decodeImage(bytes)).pixels)).toEqual(new Set([90]));
    }
  });

  test("transparency is laid on white, with colour and with grey", async () => {
    const coloured = await raw(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 255]), 2, 1, 4)
      .png()
      .toBuffer();
    expect([...(await decodeImage(coloured)).pixels]).toEqual([255, 255, 255, 0, 0, 0]);
    const grey = await raw(Uint8Array.from([0, 0, 0, 255]), 2, 1, 2)
      .png()
      .toBuffer();
    expect([...(await decodeImage(grey)).pixels]).toEqual([255, 255, 255, 0, 0, 0]);
  });

  test("16-bit colour and grey keep their upper 8 bits", async () => {
    const samples = Uint16Array.from([0x1234, 0x80ff, 0xffff]);
    const colour = await sharp(samples, { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect((await sharp(colour).metadata()).depth).toBe("ushort");
    expect([...(await decodeImage(colour)).pixels]).toEqual([0x12, 0x80, 0xff]);
    const grey = await sharp(samples, { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).depth).toBe("ushort");
    expect([...(await decodeImage(grey)).pixels]).toEqual([0x12, 0x12, 0x12, 0x80, 0x80, 0x80, 0xff, 0xff, 0xff]);
  });

  test("CMYK becomes sRGB", async () => {
    const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#ff0000" } })
      .toColourspace("cmyk")
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const decoded = await decodeImage(bytes);
    expect(decoded.pixels.length).toBe(8 * 8 * 3);
    const [red, green, blue] = at(decoded, 4, 4);
    expect(red).toBeGreaterThan(200);
    expect(Math.max(green!, blue!)).toBeLessThan(70);
  });
});

/** The message of the one-line error about a file of these bytes. */
async function refusal(name: string, bytes: Uint8Array, options?: { maxPixels: number }): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const error = await decodeImage(path, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageError);
  const { message, file } = error as ImageError;
  expect(file).toBe(path);
  expect(message.startsWith(`${path}: `)).toBe(true);
  expect(message).not.toContain("\n");
  return message;
}

describe("what is refused", () => {
  test("too many pixels: the limit and the size are named", async () => {
    const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    expect(await refusal("wide.png", bytes, { maxPixels: 1199 })).toContain(
      "has 40 × 30 = 1200 pixels, more than the limit of 1199",
    );
    expect((await decodeImage(bytes, { maxPixels: 1200 })).width).toBe(40);
  });

  test("a small file that claims a huge picture is refused by its header", async () => {
    const bytes = await picture().png().toBuffer();
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(16, 60_000);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(20, 60_000);
    expect(await refusal("bomb.png", bytes)).toMatch(/60000 × 60000 = 3600000000 pixels|damaged/);
  });

  test("an empty file", async () => {
    expect(await refusal("empty.png", new Uint8Array(0))).toContain("is empty");
  });

  test.each([
    ["text", new TextEncoder().encode("not a picture")],
    ["svg", new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ])("%s", async (name, bytes) => {
    expect(await refusal(name, bytes)).toContain("is not a JPEG, PNG or WebP image");
  });

  test("gif and tiff", async () => {
    expect(await refusal("a.gif", await picture().gif().toBuffer())).toContain("is not a JPEG, PNG or WebP image");
    expect(await refusal("a.tiff", await picture().tiff().toBuffer())).toContain("is not a JPEG, PNG or WebP image");
  });

  test.each(["jpg", "png", "webp"])("a %s cut at a third or two thirds", async (extension) => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251);
    const bytes = await raw(noise, 64, 64, 3)
      .toFormat(extension === "jpg" ? "jpeg" : (extension as "png"))
      .toBuffer();
    for (const share of [1 / 3, 2 / 3])
      expect(await refusal(`cut.${extension}`, bytes.subarray(0, bytes.length * share))).toContain("is damaged");
  });

  test("a png with a changed byte in its data", async () => {
    const bytes = new Uint8Array(await picture().png().toBuffer());
    const data = Buffer.from(bytes).indexOf("IDAT") + 8;
    bytes[data] = bytes[data]! ^ 0xff;
    expect(await refusal("changed.png", bytes)).toContain("is damaged");
  });

  test("a path that is not there", async () => {
    const path = join(folder, "absent.jpg");
    await expect(decodeImage(path)).rejects.toThrow(`${path}: cannot be read (ENOENT`);
  });

  test("damaged bytes in memory are named as such", async () => {
    await expect(decodeImage(await readFile(import.meta.filename))).rejects.toThrow(/^image in memory: is not a JPEG/);
  });
});
