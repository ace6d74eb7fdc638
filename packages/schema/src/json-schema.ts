import { z } from "zod";
import { CostTable, costTableVersion } from "./cost-table.ts";
import { CatalogGpu } from "./gpu.ts";
import { PluginManifest } from "./manifest.ts";
import { RunFile, runFileVersion } from "./run-file.ts";

const published = [
  { name: "run-file", version: runFileVersion, schema: RunFile, title: "Run file of epochmark" },
  { name: "catalog-gpu", version: 2, schema: CatalogGpu, title: "GPU of the epochmark catalogue" },
  { name: "plugin-manifest", version: 1, schema: PluginManifest, title: "Manifest of an epochmark plugin" },
  { name: "cost-table", version: costTableVersion, schema: CostTable, title: "Cost table of epochmark models" },
];

/**
 * The JSON Schemas (draft 2020-12) that other programs may check our files with, as files of `packages/schema/json`.
 * They say less than the zod schemas only where JSON Schema cannot say it.
 */
export const jsonSchemaFiles = (): { fileName: string; text: string }[] =>
  published.map(({ name, version, schema, title }) => {
    const { $schema, ...body } = z.toJSONSchema(schema, { target: "draft-2020-12" });
    const document = { $schema, $id: `urn:epochmark:schema:${name}:${version}`, title, ...body };
    return { fileName: `${name}.schema.json`, text: `${JSON.stringify(document, null, 2)}\n` };
  });
