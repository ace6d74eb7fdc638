#!/usr/bin/env node
/**
 * `pnpm tables`: counts every model's steps and writes the catalogue's generated files. `--check` writes nothing and fails
 * when what is committed differs. Words after it name models (`vit/…`): only those are counted, the other rows stay.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CostTable } from "@epochmark/schema";
import { catalogModels, countables, modelsText, tableText } from "./tables.ts";

const folder = new URL("../../catalog/src/generated/", import.meta.url);
const files = { costs: new URL("costs.json", folder), models: new URL("models.json", folder) };
const words = process.argv.slice(2).filter((word) => word !== "--");
const check = words.includes("--check");
const wanted = words.filter((word) => !word.startsWith("--"));

const committed = await readFile(files.costs, "utf8").catch(() => "");
const old = committed === "" ? [] : CostTable.parse(JSON.parse(committed)).rows;
const rows = (await countables()).map((each) => {
  const known = old.find(({ model, phase }) => model === each.model && phase === each.phase);
  if (known && wanted.length > 0 && !wanted.some((word) => each.model.startsWith(word))) return known;
  const start = performance.now();
  const row = each.count();
  process.stderr.write(`${each.model} ${each.phase}: ${Math.round(performance.now() - start)} ms\n`);
  return row;
});

const texts = { costs: tableText(rows), models: modelsText(await catalogModels()) };
for (const name of ["costs", "models"] as const) {
  const before = await readFile(files[name], "utf8").catch(() => "");
  const path = fileURLToPath(files[name]);
  if (before === texts[name]) continue;
  if (check) {
    process.stderr.write(`${path}: not current: run pnpm tables\n`);
    process.exitCode = 1;
  } else {
    await writeFile(files[name], texts[name]);
    process.stdout.write(`${path}\n`);
  }
}
process.stdout.write("", () => process.exit());
