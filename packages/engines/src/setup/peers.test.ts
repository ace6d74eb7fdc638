import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("tfjs-node is an optional peer that no installation brings along", () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  const manifest = JSON.parse(read("../../package.json")) as Record<string, Record<string, unknown>>;
  for (const name of ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"]) {
    expect(manifest["peerDependencies"]).toHaveProperty([name]);
    expect(manifest["peerDependenciesMeta"]).toHaveProperty([name], { optional: true });
  }
  expect(read("../../../../pnpm-lock.yaml")).not.toContain("tfjs-node");
});
