import { access, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "@epochmark/plugin-kit";
import type { PluginManifest } from "@epochmark/schema";
import { PluginError } from "../errors.ts";
import { withoutPaths } from "../reason.ts";
import { contractFault } from "./contract.ts";
import { manifestOf } from "./manifest.ts";

/** A plugin that keeps the contract, and where a child process can import it from. */
export interface FoundPlugin {
  plugin: Plugin;
  manifest: PluginManifest;
  /** `file:` address of the module whose default export is the plugin. */
  module: string;
}

export interface Discovery {
  plugins: FoundPlugin[];
  /** One for each folder that could not be used; the others are not hidden by it. */
  errors: PluginError[];
}

/** The repository's own `plugins` folder. */
export const pluginRoot = fileURLToPath(new URL("../../../../plugins/", import.meta.url));

/**
 * Every plugin of `root` (each folder's `src/index.ts`), in order of name, then those of `extra`: folders or
 * module files anywhere. An extra plugin with a name that is taken is reported, not used.
 */
export async function discoverPlugins(root: string = pluginRoot, extra: readonly string[] = []): Promise<Discovery> {
  const discovery: Discovery = { plugins: [], errors: [] };
  for (const path of [...(await foldersOf(root)), ...extra.map((given) => resolve(given))]) {
    const name = folderName(path);
    try {
      const found = await load(path, name);
      if (discovery.plugins.some(({ plugin }) => plugin.id === found.plugin.id))
        throw new PluginError(name, `another plugin has the id "${found.plugin.id}" already: rename one`);
      discovery.plugins.push(found);
    } catch (error) {
      discovery.errors.push(error instanceof PluginError ? error : new PluginError(name, oneLine(error)));
    }
  }
  return discovery;
}

async function foldersOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !/^[._]|^node_modules$/.test(entry.name));
  return folders.map(({ name }) => join(root, name)).toSorted();
}

async function load(path: string, name: string): Promise<FoundPlugin> {
  const file = await moduleFile(path, name);
  const module = pathToFileURL(file).href;
  const loaded = (await import(module).catch((error: unknown) => {
    throw new PluginError(name, `cannot be loaded: ${oneLine(error)}`, { cause: error });
  })) as { default?: unknown };
  const fault = contractFault(loaded.default);
  if (fault) throw new PluginError(name, fault);
  const plugin = loaded.default as Plugin;
  return { plugin, manifest: manifestOf(plugin, name), module };
}

async function moduleFile(path: string, name: string): Promise<string> {
  const kind = await stat(path).catch(() => null);
  if (!kind) throw new PluginError(name, "does not exist");
  if (kind.isFile()) return path;
  const file = join(path, "src", "index.ts");
  await access(file).catch(() => {
    throw new PluginError(name, "has no src/index.ts: its default export must be definePlugin({ ... })");
  });
  return file;
}

/** The folder of `deblur` and of `deblur/src/index.ts` alike is `deblur`. */
function folderName(path: string): string {
  if (!/\.[mc]?[jt]s$/.test(path)) return basename(path);
  const folder = dirname(path);
  return basename(folder) === "src" ? basename(dirname(folder)) : basename(path);
}

const oneLine = (error: unknown): string =>
  withoutPaths((error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "");
