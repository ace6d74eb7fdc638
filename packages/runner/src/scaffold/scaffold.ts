import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { discoverPlugins, pluginRoot } from "../discover/discover.ts";
import { UsageError } from "../errors.ts";

const template = fileURLToPath(new URL("../../template/src/", import.meta.url));
const placeholder = { id: /my-paper/g, title: /My paper/g };

/**
 * Makes `plugins/<id>`, a plugin that runs as it is: a small network to be replaced by the paper's. The folder appears
 * whole or not at all.
 *
 * @returns its path
 * @throws {UsageError} on an id that no plugin can have, or that is taken
 */
export async function scaffold(id: string, root: string = pluginRoot): Promise<string> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    throw new UsageError(`"${id}" is no plugin id: use small letters, digits and single dashes, as in my-paper`);
  const { plugins } = await discoverPlugins(root);
  const folder = join(root, id);
  const taken = plugins.some(({ plugin }) => plugin.id === id) || (await readdir(root)).includes(id);
  if (taken) throw new UsageError(`there is a plugin "${id}" already: choose another id`);
  // Discovery passes over names with a dot.
  const draft = join(root, `.${id}.${process.pid}`);
  try {
    await mkdir(join(draft, "src"), { recursive: true });
    for (const name of await readdir(template))
      await writeFile(join(draft, "src", name), renamed(await readFile(join(template, name), "utf8"), id));
    await writeFile(join(draft, "package.json"), manifestOf(id));
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${folder}: cannot be written (${code ?? message}); check folder and free space`);
  }
  return folder;
}

const renamed = (text: string, id: string): string =>
  text.replaceAll(placeholder.id, id).replaceAll(placeholder.title, titleOf(id));

const titleOf = (id: string): string => `${id[0]!.toUpperCase()}${id.slice(1).replaceAll("-", " ")}`;

function manifestOf(id: string): string {
  const manifest = {
    name: `@epochmark/plugin-${id}`,
    version: "0.1.0",
    private: true,
    license: "MIT",
    type: "module",
    exports: { ".": "./src/index.ts" },
    dependencies: { "@epochmark/plugin-kit": "workspace:*" },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
