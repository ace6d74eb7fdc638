import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and the ones above it. Unlike Node's own recursive `mkdir` it ends where the file system
 * says "no such file" for a folder whose parent is there, as the kernel's own folders do.
 * @throws the file system's error for the first folder that cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = path; folder !== dirname(folder) && !(await isThere(folder)); folder = dirname(folder))
    missing.push(folder);
  for (const folder of missing.toReversed())
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
