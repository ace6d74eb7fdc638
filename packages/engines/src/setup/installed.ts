import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeLeftovers } from "./wheel.ts";

/** Written last into a folder that is complete: what is in it, so that a damaged one is noticed. */
interface Manifest {
  /** What it is, for people. */
  what: string;
  /** Bytes of every file. */
  files: Record<string, number>;
}

const manifestFile = "setup.json";

/** What a folder of the cache holds, for people; null where setup has not come to its end or a file is gone or cut short. */
export function installed(folder: string): string | null {
  try {
    const { what, files } = JSON.parse(readFileSync(join(folder, manifestFile), "utf8")) as Manifest;
    return Object.entries(files).every(([name, bytes]) => statSync(join(folder, name)).size === bytes) ? what : null;
  } catch {
    return null;
  }
}

/**
 * Fills a folder of the cache, all or nothing: `fill` works in a folder beside it, which takes its place when the last
 * step has succeeded.
 */
export async function install(folder: string, what: string, fill: (partial: string) => Promise<void>): Promise<void> {
  removeLeftovers(dirname(folder));
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await fill(partial);
    writeFileSync(join(partial, manifestFile), JSON.stringify({ what, files: sizes(partial) } satisfies Manifest));
    // A damaged earlier one goes only now.
    if (existsSync(folder)) rmSync(folder, { recursive: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function sizes(folder: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.slice(folder.length + 1)] = statSync(path).size;
  }
  return found;
}
