import { openImage } from "./sharp.ts";
import type { Photograph } from "./decode.ts";

/** The whole photograph in another size, its aspect not kept; antialiased where it shrinks. */
export async function resize(
  photograph: Photograph,
  width: number,
  height: number,
  kernel: "linear" | "cubic" = "linear",
): Promise<Photograph> {
  const { name, pixels } = photograph;
  if (width === photograph.width && height === photograph.height) return photograph;
  const raw = { width: photograph.width, height: photograph.height, channels: 3 } as const;
  const resized = openImage(pixels, { raw }).resize(width, height, { fit: "fill", kernel });
  return { name, width, height, pixels: new Uint8Array(await resized.raw().toBuffer()) };
}
