import { mkdir, writeFile } from "node:fs/promises";
import { jsonSchemaFiles } from "../src/json-schema.ts";

const folder = new URL("../json/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const { fileName, text } of jsonSchemaFiles()) {
  await writeFile(new URL(fileName, folder), text);
  console.log(`packages/schema/json/${fileName}`);
}
