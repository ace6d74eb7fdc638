import { join } from "node:path";
import { fileURLToPath } from "node:url";

const own = fileURLToPath(new URL("../../../.cache/epochmark", import.meta.url));

/**
 * Where `bench setup` puts what an engine needs and the packages lack: `<cache>/<what>/<version>`. The cache is the
 * repository's `.cache/epochmark`, or what `EPOCHMARK_CACHE` names. The folder need not exist.
 */
export function cacheFolder(what: string, version: string): string {
  return join(process.env["EPOCHMARK_CACHE"] || own, what, version);
}
