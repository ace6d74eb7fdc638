import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { contentHash } from "./hash.ts";
import { exampleRunFile } from "./testing.ts";

test("the hash is over the canonical JSON without the hash itself, whatever the order of fields", async () => {
  const file = await exampleRunFile({ cases: [], seed: 7 });
  const canonical = JSON.stringify(sorted({ ...file, contentHash: undefined }));
  const expected = createHash("sha256").update(canonical).digest("hex");
  expect(await contentHash(file)).toBe(expected);
  expect(await contentHash({ ...file, contentHash: "0".repeat(64) } as typeof file)).toBe(expected);
  expect(await contentHash({ ...file, seed: 8 })).not.toBe(expected);
});

const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, member]) => [key, sorted(member)]),
      )
    : value;
