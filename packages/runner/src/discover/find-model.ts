import type { Model, Plugin } from "@epochmark/plugin-kit";
import { distance } from "fastest-levenshtein";
import { UsageError } from "../errors.ts";
import type { FoundPlugin } from "./discover.ts";

export interface FoundModel {
  found: FoundPlugin;
  model: Model;
}

/**
 * The model that a word names: `vit/vit-small-patch16-224`, `vit-small-patch16-224`, the official
 * `vit_small_patch16_224` in any case, or a plugin's id for its default model.
 *
 * @throws {UsageError} with the nearest names when there is none, or all when several plugins have it
 */
export function findModel(plugins: readonly FoundPlugin[], word: string): FoundModel {
  const wanted = normalize(word);
  const family = plugins.find(({ plugin }) => plugin.id === wanted);
  if (family) return { found: family, model: defaultModelOf(family.plugin) };
  const all = plugins.flatMap((found) => found.plugin.models.map((model: Model) => ({ found, model })));
  const matches = all.filter(({ found, model }) => model.id === wanted || pathOf(found.plugin, model) === wanted);
  const [first, ...others] = matches;
  if (!first) throw unknownModel(word, all);
  if (others.length > 0) {
    const paths = matches.map(({ found, model }) => pathOf(found.plugin, model));
    throw new UsageError(`model "${word}" is in several plugins: say ${paths.join(" or ")}`, paths);
  }
  return first;
}

/** What a plain `bench` runs of a family. */
export function defaultModelOf(plugin: Plugin): Model {
  const model = plugin.models.find(({ id }) => id === plugin.defaultModel);
  if (!model) throw new Error(`plugin ${plugin.id} has no model "${plugin.defaultModel}"`);
  return model;
}

const normalize = (word: string): string => word.trim().toLowerCase().replaceAll("_", "-");

const pathOf = (plugin: Plugin, model: Model): string => `${plugin.id}/${model.id}`;

function unknownModel(word: string, all: readonly FoundModel[]): UsageError {
  if (all.length === 0) return new UsageError(`unknown model "${word}": no plugin was found`);
  const wanted = normalize(word);
  const near = all
    .map(({ found, model }) => {
      const path = pathOf(found.plugin, model);
      return { path, far: Math.min(distance(wanted, model.id), distance(wanted, path)) };
    })
    .toSorted((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ path }) => path);
  return new UsageError(`unknown model "${word}": did you mean ${near.join(", ")}?`, near);
}
