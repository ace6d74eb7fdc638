import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inflate } from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

const require = createRequire(import.meta.url);
const entry = require.resolve("@sparticuz/chromium");
const { version } = require(join(dirname(entry), "../package.json")) as { version: string };
/**
 * A real Chromium from npm, with the system libraries and fonts of its package, so that pages look the same on every
 * machine.
 */
export const openBrowser = async (): Promise<Browser> => {
  const home = await unpacked();
  // The package's own font configuration names folders of its usual host only; without a font nothing is drawn.
  const fonts = join(home, "fonts.conf");
  await writeFile(fonts, `<fontconfig><dir>${home}/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>`);
  return chromium.launch({
    executablePath: join(home, "chromium"),
    // The package's own default arguments switch web security off.
    args: ["--no-sandbox", "--headless=shell"],
    env: { ...process.env, FONTCONFIG_FILE: fonts, LD_LIBRARY_PATH: join(home, "al2023", "lib") },
  });
};

/** The folder with the unpacked browser, named by its version; it appears whole or not at all. */
const unpacked = async (): Promise<string> => {
  const home = join(tmpdir(), `epochmark-chromium-${version}`);
  if (existsSync(home)) return home;
  const making = await mkdtemp(`${home}-`);
  const before = process.env["TMPDIR"];
  // The package unpacks into the temporary folder and takes no other.
  process.env["TMPDIR"] = making;
  try {
    const archives = ["chromium.br", "fonts.tar.br", "al2023.tar.br"];
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
};
