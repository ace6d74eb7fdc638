import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { AstroIntegration } from "astro";
import { build } from "esbuild";

/**
 * Makes the built pages work from a folder that nobody serves: a browser loads no module script and no second
 * document there, so scripts and styles are put into each page, allowed by their hashes, and what was at the site's root is
 * addressed from the page.
 */
export const offline = (): AstroIntegration => ({
  name: "offline",
  hooks: {
    "astro:build:done": async ({ dir }) => {
      const folder = fileURLToPath(dir);
      const files = await readdir(folder, { recursive: true });
      const scripts = new Map<string, Promise<string>>();
      const scriptOf = (path: string): Promise<string> => {
        const known = scripts.get(path) ?? plainScript(join(folder, path));
        scripts.set(path, known);
        return known;
      };
      for (const file of files.filter((name) => name.endsWith(".html"))) {
        const path = join(folder, file);
        const root = relative(join(path, ".."), folder);
        await writeFile(path, await selfContained(await readFile(path, "utf8"), folder, scriptOf, root));
      }
      await rm(join(folder, "_astro"), { recursive: true, force: true });
    },
  },
});

const selfContained = async (
  page: string,
  folder: string,
  scriptOf: (path: string) => Promise<string>,
  root: string,
): Promise<string> => {
  const scripts = await inAll(page, /<script type="module" src="\/([^"]+)"><\/script>/g, scriptOf);
  const styles = await inAll(page, /<link rel="stylesheet" href="\/([^"]+)">/g, (path) =>
    readFile(join(folder, path), "utf8"),
  );
  const script = scripts.texts.join("\n").replaceAll("</script", String.raw`<\/script`);
  const style = styles.texts.join("\n");
  return [scripts.pattern, styles.pattern]
    .reduce((text, pattern) => text.replaceAll(pattern, ""), page)
    .replace("script-src 'self'", script === "" ? "script-src" : `script-src ${hashOf(script)}`)
    .replace("style-src 'self'", `style-src ${hashOf(style)}`)
    .replace("img-src 'self'", "img-src file:")
    .replace("</head>", () => `<style>${style}</style></head>`)
    .replace("</body>", () => (script === "" ? "</body>" : `<script>${script}</script></body>`))
    .replaceAll(/href="\/(?!\/)/g, `href="${root === "" ? "." : root}/`);
};

const inAll = async (page: string, pattern: RegExp, textOf: (path: string) => Promise<string>) => {
  const paths = [...page.matchAll(pattern)].map(([, path]) => path!);
  return { pattern, texts: await Promise.all(paths.map(textOf)) };
};

/** A module with all that it imports as one plain script. */
const plainScript = async (path: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    format: "iife",
    minify: true,
    write: false,
  });
  return outputFiles[0]!.text;
};

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
