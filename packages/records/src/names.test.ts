import { expect, test } from "vitest";
import { newRunId, runFilePath } from "./names.ts";
import { exampleRunFile } from "./testing.ts";

test("run ids are 12 characters of [a-z0-9], all of them in use, and differ", () => {
  const ids = Array.from({ length: 500 }, newRunId);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]{12}$/);
  expect(new Set(ids).size).toBe(500);
  expect(new Set(ids.join("")).size).toBe(36);
});

test("the place of a run file", async () => {
  expect(runFilePath(await exampleRunFile())).toBe("geforce-rtx-3090/2026-09-01-k3v9x0q2m7ab.json");
});
