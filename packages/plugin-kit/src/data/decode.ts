import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { openImage } from "./sharp.ts";
import { ImageError } from "./error.ts";

/** A decoded picture: `pixels` is 8-bit sRGB, row-major `[height, width, 3]`. */
export interface Photograph {
  name: string;
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** 64 megapixels: 192 MB once decoded. */
const DEFAULT_MAX_PIXELS = 64 * 1024 * 1024;

/**
 * Decodes JPEG, PNG or WebP (the first frame of an animation) to 8-bit sRGB. The EXIF orientation is
 * applied, transparency is laid on white, grey becomes three equal channels, CMYK and embedded
 * profiles are converted to sRGB, 16-bit samples keep their upper 8 bits.
 * @param source path of a file, or the file's bytes
 * @param options.maxPixels largest accepted width × height, checked before any pixel is decoded
 * @throws ImageError if the file cannot be read, is no such image, is damaged or has too many pixels
 */
export async function decodeImage(
  source: string | Uint8Array,
  options: { maxPixels?: number } = {},
): Promise<Photograph> {
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  const file = typeof source === "string" ? source : "image in memory";
  const bytes = typeof source === "string" ? await readBytes(source) : source;
  if (bytes.length === 0) throw new ImageError(file, "is empty; give a JPEG, PNG or WebP file");
  // Only these three decoders ever see the bytes: an SVG, for one, could name other files.
  if (!SIGNATURES.some((matches) => matches(bytes)))
    throw new ImageError(file, "is not a JPEG, PNG or WebP image; convert it to one of these");
  const { width, height } = await guarded(file, () => openImage(bytes, { limitInputPixels: false }).metadata());
  if (width * height > maxPixels)
    throw new ImageError(
      file,
      `has ${width} × ${height} = ${width * height} pixels, more than the limit of ${maxPixels}; make it smaller`,
    );
  const { data, info } = await guarded(file, () =>
    openImage(bytes, { limitInputPixels: maxPixels })
      .autoOrient()
      .flatten({ background: "white" })
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  return { name: basename(file), width: info.width, height: info.height, pixels: new Uint8Array(data) };
}

const SIGNATURES = [
  (bytes: Uint8Array) => startsWith(bytes, [0xff, 0xd8, 0xff]),
  (bytes: Uint8Array) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  (bytes: Uint8Array) =>
    startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50]),
];

function startsWith(bytes: Uint8Array, signature: number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ImageError(path, `cannot be read (${firstLine(cause)}); check the path`, { cause });
  }
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new ImageError(file, `is damaged (${firstLine(cause)}); use an intact copy`, { cause });
  }
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split("\n")[0] ?? "").slice(0, 200);
}
