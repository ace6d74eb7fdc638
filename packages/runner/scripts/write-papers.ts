import { writeFile } from "node:fs/promises";
import { scriptWords } from "@epochmark/script";
import { catalogPaper, discoverPlugins } from "../src/index.ts";

scriptWords({
  name: "papers",
  help: `Writes what the plugins say of themselves into the catalogue, for readers without their code.

  pnpm papers`,
});
const { plugins, errors } = await discoverPlugins();
if (errors[0]) throw errors[0];
const lines = plugins.map(catalogPaper).map(({ models, ...paper }) => {
  const { length } = JSON.stringify(paper);
  const written = models.map((model) => `    ${JSON.stringify(model)}`).join(",\n");
  return `  ${JSON.stringify(paper).slice(0, length - 1)}, "models": [\n${written}\n  ]}`;
});
await writeFile(new URL("../../catalog/src/papers.json", import.meta.url), `[\n${lines.join(",\n")}\n]\n`);
console.log("packages/catalog/src/papers.json");
