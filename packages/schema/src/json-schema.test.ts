import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { jsonSchemaFiles } from "./json-schema.ts";

const folder = new URL("../json/", import.meta.url);
const files = jsonSchemaFiles();

describe("published JSON Schemas", () => {
  test.each(files)("$fileName is current (else run `pnpm schema`)", async ({ fileName, text }) => {
    expect(await readFile(new URL(fileName, folder), "utf8")).toBe(text);
  });

  test("no other file lies beside them", async () => {
    expect((await readdir(folder)).toSorted()).toEqual(files.map(({ fileName }) => fileName).toSorted());
  });

  test("each names its draft and itself", () => {
    const heads = files.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    expect(heads.map(({ $id }) => $id)).toEqual([
      "urn:epochmark:schema:run-file:2",
      "urn:epochmark:schema:catalog-gpu:2",
      "urn:epochmark:schema:plugin-manifest:1",
      "urn:epochmark:schema:cost-table:3",
    ]);
    expect(new Set(heads.map(({ $schema }) => $schema))).toEqual(
      new Set(["https://json-schema.org/draft/2020-12/schema"]),
    );
  });

  test("read back, they refuse what the schemas refuse", () => {
    const table = { schemaVersion: 3, rows: [] };
    const costTable = z.fromJSONSchema(JSON.parse(files[3]!.text) as Parameters<typeof z.fromJSONSchema>[0]);
    expect(costTable.safeParse(table).success).toBe(true);
    expect(costTable.safeParse({ ...table, note: "" }).success).toBe(false);
    expect(costTable.safeParse({ ...table, schemaVersion: 1 }).success).toBe(false);
    expect(costTable.safeParse({ ...table, rows: [{ model: "vit" }] }).success).toBe(false);
  });
});
