#!/usr/bin/env node
/**
 * `pnpm tables`: counts every model's steps and writes the catalogue's cost tables. `--check` writes nothing and fails
 * when what is committed differs. Words after it name models (`vit/…`): only those are counted, the other rows stay.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CostTable } from "@epochmark/schema";
import { countables, tableText } from "./tables.ts";

const file = new URL("../../catalog/src/generated/costs.json", import.meta.url);
const words = process.argv.slice(2).filter((word) => word !== "--");
const check = words.includes("--check");
const wanted = words.filter((word) => !word.startsWith("--"));

const committed = await readFile(file, "utf8").catch(() => "");
const old = committed === "" ? [] : CostTable.parse(JSON.parse(committed)).rows;
const rows = (await countables()).map((each) => {
  const known = old.find(({ model, phase }) => model === each.model && phase === each.phase);
  if (known && wanted.length > 0 && !wanted.some((word) => each.model.startsWith(word))) return known;
  const start = performance.now();
  const row = each.count();
  process.stderr.write(`${each.model} ${each.phase}: ${Math.round(performance.now() - start)} ms\n`);
  return row;
});

const text = tableText(rows);
if (text !== committed) {
  const path = fileURLToPath(file);
  if (check) {
    process.stderr.write(`${path}: not current: run pnpm tables\n`);
    process.exitCode = 1;
  } else {
    await writeFile(file, text);
    process.stdout.write(`${path}\n`);
  }
}
process.stdout.write("", () => process.exit());
