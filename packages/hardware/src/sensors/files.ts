import { readdir, readFile } from "node:fs/promises";

/** Files of `/proc` and `/sys`, read without holding anybody up: a driver that hangs holds up nobody but itself. */
export interface Files {
  /** The trimmed text; null where there is none or it may not be read. */
  read(path: string): Promise<string | null>;
  list(folder: string): Promise<string[]>;
}

export const systemFiles: Files = {
  read: (path) =>
    readFile(path, "utf8").then(
      (text) => text.trim(),
      () => null,
    ),
  list: (folder) => readdir(folder).catch(() => []),
};

/** A file that holds one number, times a factor; undefined where it does not. */
export async function readNumber({ read }: Files, path: string, factor = 1): Promise<number | undefined> {
  const text = await read(path);
  if (text === null || !/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  return Number(text) * factor;
}

/** The object without the members that are not known. */
export const known = <T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
