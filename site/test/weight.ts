import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bytes, compressed as a server sends them, of a built page with its scripts (and what they import) and styles. */
export const weightOf = async (folder: string, page: string): Promise<number> => {
  const text = await readFile(join(folder, page), "utf8");
  const seen = new Set<string>();
  let total = gzipSync(text).length;
  const follow = async (path: string): Promise<void> => {
    const name = path.split("/").at(-1)!;
    if (seen.has(name)) return;
    seen.add(name);
    const asset = await readFile(join(folder, "_astro", name), "utf8");
    total += gzipSync(asset).length;
    for (const [, imported] of asset.matchAll(/(?:from|import)\s*"(\.\/[^"]+\.js)"/g)) await follow(imported!);
  };
  for (const [, path] of text.matchAll(/(?:src|href)="([^"]*\/_astro\/[^"]+)"/g)) await follow(path!);
  return total;
};
