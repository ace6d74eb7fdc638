import { readFileSync } from "node:fs";
import { runFileVersion } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { formatRunFile } from "./format.ts";
import { contentHash } from "./hash.ts";
import { migrateRunFile } from "./migrate.ts";
import { parseRunFile } from "./parse.ts";
import { RecordError } from "./problem.ts";
import { exampleRunFile } from "./testing.ts";
import { validateRunFile } from "./validate.ts";

// One record as each version really wrote it, untouched.
const old = Object.fromEntries(
  Array.from({ length: runFileVersion - 1 }, (_, i) => [
    i + 1,
    readFileSync(new URL(`../test/old/version-${i + 1}.json`, import.meta.url), "utf8"),
  ]),
);

describe.each(Object.entries(old))("a record of version %s", (version, text) => {
  test("is refused as it is, with the remedy", () => {
    expect(() => parseRunFile(text, "a.json")).toThrow(/the file has \d+: bench migrate rewrites it$/);
  });

  test("becomes one of today's that is valid and says the same", async () => {
    const before = JSON.parse(text) as Record<string, unknown>;
    const file = await migrateRunFile(text, "a.json");
    expect(file.contentHash).toBe(await contentHash(file));
    // Sizes of workloads may be others today: odd, not wrong.
    const { problems, warnings } = await validateRunFile(file);
    expect(problems).toEqual([]);
    expect(warnings.filter(({ path }) => !path.endsWith(".workload.batch"))).toEqual([]);
    expect(parseRunFile(formatRunFile(file), "a.json")).toEqual(file);
    expect(file).toMatchObject({ ...before, schemaVersion: runFileVersion, contentHash: expect.any(String) });
    expect(before["schemaVersion"]).toBe(Number(version));
  });

  test("that was changed by hand is refused", async () => {
    const faster = text.replace(/"samplesMs": \[\d+/, '"samplesMs": [1');
    expect(faster).not.toBe(text);
    await expect(migrateRunFile(faster, "a.json")).rejects.toThrow(
      "a.json: contentHash: the content was changed after it was written",
    );
  });
});

test("what only looks like an old record is refused", async () => {
  const hollow = { schemaVersion: 1, cases: [{}] };
  const text = JSON.stringify({ ...hollow, contentHash: await contentHash(hollow as never) });
  await expect(migrateRunFile(text, "a.json")).rejects.toThrow("a.json: is no record of version 1");
  for (const content of ["null", "[]", "{}", '{"schemaVersion": 0}', '{"schemaVersion": 99}', '{"schemaVersion": "1"}'])
    await expect(migrateRunFile(content, "a.json"), content).rejects.toThrow(RecordError);
});

test("today's record is given back", async () => {
  const file = await exampleRunFile();
  expect(await migrateRunFile(JSON.stringify(file), "a.json")).toEqual(file);
});
