import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inflate } from "@sparticuz/chromium";

/**
 * The folder with archives of the package that carries a browser (`chromium.br`, `swiftshader.tar.br`, …) unpacked. It
 * is named by `what` and the package's version, made once a machine, and appears whole or not at all.
 */
export async function unpackChromium(what: string, archives: readonly string[]): Promise<string> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@sparticuz/chromium");
  const { version } = require(join(dirname(entry), "../package.json")) as { version: string };
  const home = join(tmpdir(), `epochmark-${what}-${version}`);
  if (existsSync(home)) return home;
  const making = await mkdtemp(`${home}-`);
  const before = process.env["TMPDIR"];
  // The package unpacks into the temporary folder and takes no other.
  process.env["TMPDIR"] = making;
  try {
    await Promise.all(archives.map((name) => inflate(join(dirname(entry), "../bin", name))));
    await rename(making, home);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(home)) throw error;
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  return home;
}
