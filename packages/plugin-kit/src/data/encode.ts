import sharp from "sharp";
import type { Photograph } from "./decode.ts";

/** The bytes of a PNG file: 8-bit sRGB, no loss, no metadata. */
export function encodePng({ pixels, width, height }: Photograph): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
