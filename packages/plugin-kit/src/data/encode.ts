import { openImage } from "./sharp.ts";
import type { Photograph } from "./decode.ts";

/** The bytes of a PNG file: 8-bit sRGB, no loss, no metadata. */
export function encodePng({ pixels, width, height }: Photograph): Promise<Buffer> {
  return openImage(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
