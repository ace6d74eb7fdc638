import { lstat, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunFile } from "@epochmark/schema";
import { maxFileBytes } from "../limits.ts";
import { parseRunFile, tooLarge } from "../parse.ts";
import { problem, RecordError } from "../problem.ts";

const meanings: Record<string, string> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "no such file or folder",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
};

/** Reads one run file as `parseRunFile` does. @throws {RecordError} also when it is missing or not a plain file. */
export const readRunFile = async (path: string): Promise<RunFile> => parseRunFile(await readBytes(path), path);

const readBytes = async (path: string): Promise<Uint8Array> => {
  try {
    // Asked before opening: to open a pipe would wait for its writer.
    const { size } = await plainFile(path);
    if (size > maxFileBytes) throw tooLarge(path, size);
    const handle = await open(path, "r");
    try {
      const bytes = Buffer.allocUnsafe(size + 1);
      let length = 0;
      let bytesRead: number;
      do {
        ({ bytesRead } = await handle.read(bytes, length, bytes.length - length, length));
        length += bytesRead;
      } while (bytesRead > 0 && length < bytes.length);
      if (length > size) throw new RecordError(path, [problem([], "it grew while it was read")]);
      return bytes.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
};

/** A link is refused like a folder: what it points to may be another file tomorrow, or none of this repository. */
const plainFile = async (path: string): Promise<{ size: number }> => {
  const found = await lstat(path);
  if (found.isSymbolicLink()) throw new RecordError(path, [problem([], "expected a file, found a link")]);
  if (!found.isFile()) throw new RecordError(path, [problem([], "expected a file")]);
  return found;
};

/**
 * Run files below folders, and files named themselves, each once and sorted. In folders: every `*.json` at any depth,
 * also what is no plain file, which `readRunFile` refuses; hidden files and links to folders are passed over.
 *
 * @throws {RecordError} for a path that does not exist.
 */
export const findRunFiles = async (paths: readonly string[]): Promise<string[]> => {
  const found = new Set<string>();
  for (const path of paths) {
    try {
      if (await isFolder(path)) for (const file of await jsonBelow(path)) found.add(file);
      else found.add(path);
    } catch (error) {
      throw readError(path, error);
    }
  }
  return [...found].toSorted();
};

/** A link that leads nowhere is a file that cannot be read. @throws the file system's error for a path that does not exist */
const isFolder = async (path: string): Promise<boolean> => {
  const found = await lstat(path);
  return found.isSymbolicLink()
    ? await stat(path).then(
        (end) => end.isDirectory(),
        () => false,
      )
    : found.isDirectory();
};

const jsonBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const visible = entries.filter(({ name }) => !name.startsWith("."));
  const nested = await Promise.all(
    visible.map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return jsonBelow(path);
      return entry.name.endsWith(".json") ? [path] : [];
    }),
  );
  return nested.flat();
};

const readError = (path: string, cause: unknown): RecordError => {
  if (cause instanceof RecordError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new RecordError(path, [problem([], meanings[code ?? ""] ?? `cannot be read: ${message}`)], { cause });
};
