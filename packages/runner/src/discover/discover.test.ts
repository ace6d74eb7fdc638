import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { discoverPlugins } from "./discover.ts";
import { findModel } from "./find-model.ts";

const line = fileURLToPath(new URL("../fixtures/plugin.fixture.ts", import.meta.url));
const broken: Record<string, [source: string | null, reason: RegExp]> = {
  empty: [null, /^plugin folder empty: has no src\/index\.ts/],
  syntax: ["export default {", /^plugin folder syntax: cannot be loaded: /],
  throws: [
    "throw new Error('no weights in /srv/secret/x')",
    /^plugin folder throws: cannot be loaded: no weights in \[path\]$/,
  ],
  "no-default": ["export const plugin = {}", /has no default export: export default definePlugin/],
  "bad-id": ["export default { id: 'Bad Id' }", /the plugin: "id" should be an id of \[a-z0-9-\]$/],
  "bad-model": [
    "export default { id: 'x', title: 'X', version: '1', papers: [{}], defaultModel: 'm', models: [{ id: 'm', title: 'M', configs: {} }] }",
    /model m: "configs" should be \{ tiny, full \}$/,
  ],
  "bad-paper": [
    `const model = { id: 'm', title: 'M', configs: { tiny: 1, full: 1 }, configure: (c) => c, makeBatch() {}, workloads: { small: {}, paper: {} },
       recipe: null, build: (scope) => (scope.parameter('w', [2, 3], () => {}), { infer: {} }) };
     export default { id: 'y', title: 'Y', version: '1', papers: [{ title: 'T' }], defaultModel: 'm', models: [model] }`,
    /manifest field papers\.0\.authors: /,
  ],
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plugins-"));
  for (const [name, [source]] of Object.entries(broken)) {
    await mkdir(join(root, name, "src"), { recursive: true });
    if (source !== null) await writeFile(join(root, name, "src", "index.ts"), source);
  }
});
afterAll(() => rm(root, { recursive: true }));

test("a broken plugin folder is reported in one line and hides no other", async () => {
  const { plugins, errors } = await discoverPlugins(root, [line]);
  expect(plugins.map(({ plugin }) => plugin.id)).toEqual(["fixture"]);
  expect(errors.map(({ folder }) => folder)).toEqual(Object.keys(broken).toSorted());
  for (const error of errors) {
    expect(error.message).toMatch(broken[error.folder]![1]);
    expect(error.message).not.toMatch(/\n|\/srv|\/tmp/);
  }
});

test("an extra plugin whose id is taken, or that does not exist, is reported", async () => {
  const { plugins, errors } = await discoverPlugins(join(root, "nothing-here"), [line, line, join(root, "missing")]);
  expect(plugins).toHaveLength(1);
  expect(errors.map(({ message }) => message)).toEqual([
    'plugin folder plugin.fixture.ts: another plugin has the id "fixture" already: rename one',
    "plugin folder missing: does not exist",
  ]);
});

test("every plugin of the repository keeps the contract, and its parameters are counted", async () => {
  const { plugins, errors } = await discoverPlugins();
  expect(errors).toEqual([]);
  const vit = plugins.find(({ plugin }) => plugin.id === "vit");
  // shared by timm and the DeiT paper's table 5: 22 M
  expect(vit?.manifest.models.find(({ id }) => id === "vit-small-patch16-224")).toMatchObject({
    parameters: 22_050_664,
    phases: ["infer", "train"],
  });
});

test("a model is found by its path, its id, its official name and its family", async () => {
  const { plugins } = await discoverPlugins(undefined, [line]);
  const found = (word: string) => findModel(plugins, word).model.id;
  expect(found("vit/vit-tiny-patch16-224")).toBe("vit-tiny-patch16-224");
  expect(found("ViT_Base_Patch16_384")).toBe("vit-base-patch16-384");
  expect(found("fixture/line-b")).toBe("line-b");
  expect(found("vit")).toBe("vit-small-patch16-224");
});

test("an unknown model names the nearest", async () => {
  const { plugins } = await discoverPlugins(undefined, [line]);
  expect(() => findModel(plugins, "vit_smal_patch16_224")).toThrowError(
    expect.objectContaining({
      name: "UsageError",
      message: expect.stringMatching(
        /^unknown model "vit_smal_patch16_224": did you mean vit\/vit-small-patch16-224, /,
      ),
      choices: expect.arrayContaining(["vit/vit-small-patch16-224"]),
    }),
  );
  expect(() => findModel([], "x")).toThrowError('unknown model "x": no plugin was found');
});

test("a model of two plugins must be named with its plugin", async () => {
  const { plugins } = await discoverPlugins(undefined, [line]);
  const [last] = plugins.slice(-1);
  const twin = { ...last!, plugin: { ...last!.plugin, id: "twin" } };
  expect(() => findModel([last!, twin], "line-a")).toThrowError(
    'model "line-a" is in several plugins: say fixture/line-a or twin/line-a',
  );
});
