import { mkdirSync, statSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { cacheFolder } from "../cache.ts";
import { SetupError } from "./error.ts";

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** @throws {SetupError} when the cache's disk has not so many bytes left, or the cache cannot be made */
export function requireSpace(what: string, bytes: number, free: (folder: string) => number = freeBytes): void {
  const folder = cacheFolder(".", ".");
  try {
    makeFolder(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SetupError(`the cache folder cannot be made (${code}): name another one in EPOCHMARK_CACHE`);
  }
  const left = free(folder);
  if (left < bytes)
    throw new SetupError(
      `${what} needs ${gigabytes(bytes)} on disk and ${gigabytes(left)} are free: make room, or name a folder on another disk in EPOCHMARK_CACHE`,
    );
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/**
 * Makes a folder and the ones above it. Unlike Node's own recursive `mkdirSync` it ends where the file system says "no
 * such file" for a folder whose parent is there, as `/proc` does.
 */
function makeFolder(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(path)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
