import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseTarGzip } from "nanotar";
import { SetupError } from "./error.ts";
import type { NpmPackage } from "./pins.ts";
import { lastLine, runCommand } from "./tool.ts";

/**
 * Unpacks a package of the npm registry into a folder, its install scripts not run and its dependencies left out.
 *
 * @throws {SetupError} when npm cannot get it or what came is not what was pinned
 */
export async function unpackNpm({ name, version, integrity }: NpmPackage, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const temporary = mkdtempSync(join(folder, "pack-"));
  try {
    const ended = await runCommand(["npm", "pack", `${name}@${version}`, "--silent", "--pack-destination", temporary], {
      cwd: temporary,
    });
    const [file] = readdirSync(temporary);
    if (ended.code !== 0 || file === undefined)
      throw new SetupError(`npm cannot get ${name} ${version}: ${lastLine(ended)}`);
    const bytes = readFileSync(join(temporary, file));
    const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    if (found !== integrity)
      throw new SetupError(`the download of ${name} ${version} is broken and was removed: run this again`);
    // Everything in a package of npm's lies under one folder.
    for (const entry of await parseTarGzip(bytes)) {
      const path = join(folder, entry.name.split("/").slice(1).join("/"));
      if (entry.data === undefined || !path.startsWith(folder)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, entry.data);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
