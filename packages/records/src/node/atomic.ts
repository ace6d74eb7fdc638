import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const temporary = /^\.(.+)\.(\d+)\.epochmark-tmp$/;
const hourMs = 3_600_000;

/**
 * Replaces a file in one step: readers and a crash at any moment see the old content or the new, never a part. The
 * content is on the disk, not only in its cache, when the promise resolves.
 */
export const writeAtomically = async (path: string, content: string | Uint8Array): Promise<void> => {
  const folder = dirname(path);
  const beside = join(folder, `.${basename(path, ".json")}.${process.pid}.epochmark-tmp`);
  try {
    const handle = await open(beside, "w");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
};

/** Makes the rename itself durable. Windows cannot open a folder; its rename is journaled. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Removes what writers that were killed left in a folder; files of a process that still lives stay. */
export const removeStaleTemporaries = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const pid = temporary.exec(name)?.[2];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    // A live process may have been given the number of a dead one: an hour is far more than any write takes.
    if (!isAlive(Number(pid)) || Date.now() - mtimeMs > hourMs) await rm(path, { force: true });
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};
