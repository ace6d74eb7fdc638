import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackChromium } from "@epochmark/engines/testing/chromium";
import { chromium, type Browser } from "playwright-core";

/**
 * A real Chromium from npm, with the system libraries and fonts of its package, so that pages look the same on every
 * machine.
 */
export const openBrowser = async (): Promise<Browser> => {
  const home = await unpackChromium("chromium", ["chromium.br", "fonts.tar.br", "al2023.tar.br"]);
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
