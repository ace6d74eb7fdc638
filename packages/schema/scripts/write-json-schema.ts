import { mkdir, writeFile } from "node:fs/promises";
import { scriptWords } from "@epochmark/script";
import { jsonSchemaFiles } from "../src/json-schema.ts";

scriptWords({
  name: "schema",
  help: `Writes the JSON Schemas of run files and the other files to packages/schema/json.

  pnpm schema`,
});
const folder = new URL("../json/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const { fileName, text } of jsonSchemaFiles()) {
  await writeFile(new URL(fileName, folder), text);
  console.log(`packages/schema/json/${fileName}`);
}
