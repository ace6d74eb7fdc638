import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialState, makeStep } from "@epochmark/plugin-kit";
import { loadParameters, writeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { expect, it } from "vitest";
import { discoverPlugins } from "../discover/discover.ts";

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
