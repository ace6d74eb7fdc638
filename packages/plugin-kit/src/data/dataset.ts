import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** A data set that cannot be used. The message is one line: the folder, what is wrong, what was expected there. */
export class DatasetError extends Error {
  override name = "DatasetError";

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(`${folder}: ${reason}`, options);
  }
}

const imageName = /\.(jpe?g|png|webp)$/i;

/** What lies in a folder, by name in order: folders and pictures. Hidden entries are passed over. */
export interface Listing {
  folders: string[];
  images: string[];
}

/** @throws DatasetError when the folder cannot be read */
export async function listFolder(folder: string): Promise<Listing> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new DatasetError(folder, `cannot be read (${cause.code ?? cause.message}); check the path`, { cause });
  });
  const shown = entries.filter(({ name }) => !name.startsWith(".")).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    folders: shown.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name),
    images: shown.filter((entry) => !entry.isDirectory() && imageName.test(entry.name)).map(({ name }) => name),
  };
}

/** The `train` folder of a data set that has one, else the data set's own folder. @throws DatasetError */
export async function trainingFolder(folder: string): Promise<string> {
  const { folders } = await listFolder(folder);
  return folders.includes("train") ? join(folder, "train") : folder;
}
