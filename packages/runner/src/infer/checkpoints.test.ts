import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialState, makeStep } from "@epochmark/plugin-kit";
import { loadParameters, writeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { expect, it } from "vitest";
import { discoverPlugins, pluginRoot } from "../discover/discover.ts";
import { findModel } from "../discover/find-model.ts";

const { plugins } = await discoverPlugins();
const models = plugins.flatMap(({ plugin, manifest }) =>
  plugin.models
    .filter(({ id }) => manifest.models.find((each) => each.id === id)!.phases.includes("infer"))
    .map((model) => ({ name: `${plugin.id}/${model.id}`, model })),
);

// That names and shapes are the official ones is each plugin's own test, against its checkpoint listings.
it.each(models)("$name takes all its weights from a safetensors file, and nothing less", async ({ model }) => {
  const { state } = makeStep(model, { phase: "infer", size: "tiny", batch: 1 });
  const folder = await mkdtemp(join(tmpdir(), "weights-"));
  try {
    const file = join(folder, "w.safetensors");
    const values = initialState(state, 3) as Record<string, Float32Array>;
    const tensors = state.map(({ name, shape }) => [name, { shape, data: values[name]! }] as const);
    await writeSafetensors(file, Object.fromEntries(tensors));
    expect(await loadParameters(file, state)).toEqual(values);
    await writeSafetensors(file, Object.fromEntries(tensors.slice(1)));
    await expect(loadParameters(file, state)).rejects.toThrow(`1 missing ("${state[0]!.name}")`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

interface Listing {
  used: [name: string, ...unknown[]][];
  unused?: [name: string, ...unknown[]][];
  /** Prefixes under which the file repeats others. */
  aliases?: Record<string, string>;
}

// The options are those of docs/checkpoints.md: what they leave of all the names in the authors' file is the network's own.
it.each([
  ["deblurgan", ["deblur/test-data/deblurgan_generator"], "generator.", /running_/],
  [
    "deblurgan-v2-inception",
    ["deblur/test-data/deblurgan_v2_inception"],
    "generator.",
    /^fpn\.(enc\d|inception\.(repeat_2|block8|conv2d_7b|last_linear))\./,
  ],
  [
    "deblurgan-v2-mobilenet",
    ["deblur/test-data/deblurgan_v2_mobilenet"],
    "generator.",
    /^fpn\.(enc\d|features\.1[678])\./,
  ],
  ["deeplens", ["depth", "lensblur", "sr"].map((part) => `refocus/test-data/deeplens_${part}`), "", /^$/],
])("%s's published checkpoint, converted as the docs say, is what inference loads", (id, files, prefix, drop) => {
  const names = files.flatMap((file) => {
    const listing = JSON.parse(readFileSync(join(pluginRoot, `${file}.json`), "utf8")) as Listing;
    const { used, unused = [], aliases = {} } = listing;
    const own = [...used, ...unused].map(([name]) => name);
    const again = Object.entries(aliases).flatMap(([alias, of]) =>
      own.filter((name) => name.startsWith(`${of}.`)).map((name) => alias + name.slice(of.length)),
    );
    return [...own, ...again];
  });
  const left = names.filter((name) => !drop.test(name) && !name.endsWith("num_batches_tracked"));
  const { state } = makeStep(findModel(plugins, id).model, { phase: "infer", size: "full", batch: 1 });
  expect(left.map((name) => prefix + name).toSorted()).toEqual(state.map(({ name }) => name).toSorted());
});
