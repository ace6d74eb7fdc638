import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { validateRunFile } from "../validate.ts";
import { findRunFiles, readRunFile } from "./read.ts";

test("every record of this repository is valid", async () => {
  const results = fileURLToPath(new URL("../../../../results", import.meta.url));
  for (const path of await findRunFiles([results])) {
    expect((await validateRunFile(await readRunFile(path), { path })).problems, path).toEqual([]);
  }
});
