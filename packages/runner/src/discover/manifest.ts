import { type Model, type Plugin, Scope } from "@epochmark/plugin-kit";
import { type ModelManifest, type Phase, PluginManifest } from "@epochmark/schema";
import { PluginError } from "../errors.ts";

/**
 * What a plugin offers, read from its own declarations: phases from the network it builds, parameters counted
 * from the state it declares (learned tensors of the official checkpoint, full size).
 *
 * @throws {PluginError} naming the model or the field at fault
 */
export function manifestOf(plugin: Plugin, folder: string): PluginManifest {
  const manifest = {
    id: plugin.id,
    title: plugin.title,
    papers: plugin.papers,
    models: plugin.models.map((model) => modelManifest(model, folder)),
  };
  const parsed = PluginManifest.safeParse(manifest);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PluginError(folder, `manifest field ${issue?.path.join(".")}: ${issue?.message}`);
}

function modelManifest(model: Model, folder: string): ModelManifest {
  try {
    const scope = new Scope();
    const network = model.build(scope, model.configs.full);
    const parameters = scope.states().filter((state) => state.spec.kind === "parameter");
    return {
      id: model.id,
      title: model.title,
      phases: Object.keys(network) as Phase[],
      parameters: parameters.reduce((sum, { spec }) => sum + spec.shape.reduce((product, n) => product * n, 1), 0),
      recipe: model.recipe,
    };
  } catch (error) {
    throw new PluginError(folder, `model ${model.id} cannot be built: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
