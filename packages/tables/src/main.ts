#!/usr/bin/env node
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CostTable } from "@epochmark/schema";
import { scriptWords } from "@epochmark/script";
import { countables, tableText } from "./tables.ts";

const file = new URL("../../catalog/src/generated/costs.json", import.meta.url);
const {
  values: { check },
  positionals: wanted,
} = scriptWords({
  name: "tables",
  help: `Counts every model's steps and writes the catalogue's cost tables.

  pnpm tables [MODEL...] [--check]

  MODEL      how a model's path begins: only those are counted, the other rows stay
  --check    write nothing, and fail where what is committed differs

Examples
  pnpm tables
  pnpm tables vit/ trtr/`,
  options: { check: { type: "boolean" } },
  takesWords: true,
});

const committed = await readFile(file, "utf8").catch(() => "");
// Read only where rows stay: a table of an older schema is written anew.
const old = committed === "" || wanted.length === 0 ? [] : CostTable.parse(JSON.parse(committed)).rows;
const rows = (await countables()).map((each) => {
  const known = old.find(({ model, phase }) => model === each.model && phase === each.phase);
  if (known && !wanted.some((word) => each.model.startsWith(word))) return known;
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
