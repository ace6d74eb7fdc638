import { createRequire } from "node:module";
import type { default as sharp, Sharp } from "sharp";

const require = createRequire(import.meta.url);
let library: typeof sharp | undefined;

/** An image of the image library, which is loaded with the first one: most launches of a benchmark touch none. */
export function openImage(...about: Parameters<typeof sharp>): Sharp {
  library ??= require("sharp") as typeof sharp;
  return library(...about);
}
