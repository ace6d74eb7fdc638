import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineById } from "@epochmark/engines";
import { afterEach, beforeEach, expect, test } from "vitest";
import template from "../../template/src/index.ts";
import { discoverPlugins } from "../discover/discover.ts";
import { check } from "../measure/check.ts";
import { scaffold } from "./scaffold.ts";

let root: string;
beforeEach(() => {
  // Inside the package, so that the new plugin finds plugin-kit as one in the workspace does.
  root = mkdtempSync(join(fileURLToPath(new URL("../../", import.meta.url)), ".scaffold-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a new plugin is discovered under its own names", async () => {
  const folder = await scaffold("sharp-eyes", root);
  expect(readdirSync(root)).toEqual(["sharp-eyes"]);
  expect(readdirSync(join(folder, "src")).toSorted()).toEqual(["batch.ts", "index.ts", "model.ts", "network.ts"]);
  const { plugins, errors } = await discoverPlugins(root);
  expect(errors).toEqual([]);
  expect(plugins.map(({ plugin }) => [plugin.id, plugin.title, plugin.defaultModel])).toEqual([
    ["sharp-eyes", "Sharp eyes", "sharp-eyes"],
  ]);
});

test.each(["train", "infer"] as const)(
  "its network computes what the reference engine does, and learns: %s",
  async (phase) => {
    const [model] = template.models;
    const target = { engine: engineById("onnxruntime"), device: "cpu", threads: 1 };
    expect(await check({ model: model!, phase }, target, engineById("tfjs-cpu"))).toMatchObject({ passed: true });
  },
);

test("ids that cannot be and ids that are taken are refused, and nothing is written", async () => {
  await expect(scaffold("My Paper", root)).rejects.toThrow(/"My Paper" is no plugin id: use small letters/);
  await scaffold("mine", root);
  await expect(scaffold("mine", root)).rejects.toThrow(/there is a plugin "mine" already/);
  await expect(scaffold("vit", join(tmpdir(), "nowhere-at-all"))).rejects.toThrow();
  expect(readdirSync(root)).toEqual(["mine"]);
});
