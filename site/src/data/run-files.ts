import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { formatProblem, parseRunFile, validateRunFile } from "@epochmark/records";
import { findRunFiles } from "@epochmark/records/node";
import type { Loader } from "astro/loaders";

/**
 * Loads every run file below a folder (relative to the site's root) with the checks of `bench validate`, which
 * Astro's own glob loader cannot make: repeated fields, the content hash, summaries against raw samples. An entry's
 * id is the run's id.
 *
 * @throws naming file and field at the first wrong record, which stops the build.
 */
export const runFiles = (folder: string): Loader => ({
  name: "run-files",
  load: async ({ config, store, parseData }) => {
    const root = fileURLToPath(config.root);
    store.clear();
    for (const path of await findRunFiles([resolve(root, folder)])) {
      const filePath = relative(root, path);
      const body = await readFile(path, "utf8");
      const data = parseRunFile(body, filePath);
      const { problems } = await validateRunFile(data, { path: filePath });
      if (problems[0]) throw new Error(formatProblem(filePath, problems[0]));
      const other = store.get(data.id);
      if (other) throw new Error(`${filePath}: id: the run ${data.id} is already in ${other.filePath}: remove one`);
      store.set({ id: data.id, data: await parseData({ id: data.id, data, filePath }), filePath });
    }
  },
});
