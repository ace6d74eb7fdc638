import { mkdirSync, writeFileSync } from "node:fs";
import { engineById } from "@epochmark/engines";
import { scriptWords } from "@epochmark/script";
import { discoverPlugins } from "../src/discover/discover.ts";
import { expectedOf } from "../src/measure/check.ts";
import { type ExpectedFile, expectedFileOf } from "../src/measure/expected.ts";

const { positionals: chosen } = scriptWords({
  name: "checks",
  help: `Writes what the tiny size of every model should compute, by the eager reference engine, into the plugins' folders.

  pnpm checks [PLUGIN...]

Examples
  pnpm checks
  pnpm checks deblur`,
  takesWords: true,
});
const { plugins, errors } = await discoverPlugins();
for (const error of errors) console.error(error.message);
for (const { plugin, manifest, module } of plugins) {
  if (chosen.length > 0 && !chosen.includes(plugin.id)) continue;
  for (const model of plugin.models) {
    const file: ExpectedFile = { writtenBy: "pnpm checks", phases: {} };
    for (const phase of manifest.models.find(({ id }) => id === model.id)?.phases ?? [])
      file.phases[phase] = await expectedOf({ model, phase }, engineById("tfjs-cpu"));
    const path = expectedFileOf(module, model.id);
    mkdirSync(new URL(".", path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(file)}\n`);
    console.log(`${plugin.id}/${model.id}`);
  }
}
process.exit(errors.length === 0 ? 0 : 1);
