import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** What `--plugin` names, as the runner takes it. @throws {PluginError} when it cannot be used: it was asked for */
export async function namedPlugin(path: string | undefined): Promise<string[]> {
  if (path === undefined) return [];
  const { discoverPlugins } = await import("@epochmark/runner");
  const { plugins, errors } = await discoverPlugins(undefined, [path]);
  const wanted = pathToFileURL(resolve(path)).href;
  // It is the last to be loaded, so the last error is its own.
  if (!plugins.some(({ module }) => module.startsWith(wanted)) && errors.length > 0) throw errors.at(-1);
  return [path];
}
