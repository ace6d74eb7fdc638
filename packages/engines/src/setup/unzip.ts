import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import yauzl from "yauzl";

/**
 * Unpacks those files of a zip archive that `place` gives a path under `folder`, at their full length; the archive's
 * own checksums are checked. Returns the paths.
 *
 * @throws when the archive is no whole zip file
 */
export async function unzip(
  archive: string,
  folder: string,
  place: (name: string) => string | null,
): Promise<string[]> {
  const zip = await open(archive);
  const written: string[] = [];
  await new Promise<void>((resolve, reject) => {
    zip.on("error", reject);
    zip.on("end", resolve);
    zip.on("entry", (entry: yauzl.Entry) => {
      const path = entry.fileName.endsWith("/") ? null : place(entry.fileName);
      if (path === null) return zip.readEntry();
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        write(stream, join(folder, path)).then(() => {
          written.push(path);
          zip.readEntry();
        }, reject);
      });
    });
    zip.readEntry();
  });
  return written;
}

function open(archive: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) =>
    yauzl.open(archive, { lazyEntries: true }, (error, zip) => (error ? reject(error) : resolve(zip))),
  );
}

async function write(stream: Readable, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await pipeline(stream, createWriteStream(path));
}
