import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pluginRoot } from "../discover/discover.ts";
import { runGolden } from "./run.ts";

const files = globSync("*/goldens/*.json", { cwd: pluginRoot }).toSorted();

it("finds the golden files that plugins ship", () => expect(files).not.toEqual([]));

// What the official implementation computes, within the tolerances that the golden files' rule states.
it.each(files)("%s", async (file) => {
  const report = await runGolden(join(pluginRoot, file), { engine: "onnxruntime", device: "cpu" });
  expect(report.checks.filter(({ status }) => status === "fail")).toEqual([]);
  expect(report.checks.some(({ name }) => name.startsWith("outputs/"))).toBe(true);
});
