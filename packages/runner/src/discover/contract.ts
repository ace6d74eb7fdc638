const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const text = (value: unknown): boolean => typeof value === "string" && value.length > 0;
const callable = (value: unknown): boolean => typeof value === "function";
const kebab = (value: unknown): boolean => typeof value === "string" && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value);

type Rule = [test: (value: unknown) => boolean, expected: string];

const pluginRules: Record<string, Rule> = {
  id: [kebab, "an id of [a-z0-9-]"],
  title: [text, "a text"],
  version: [text, "a text"],
  papers: [(value) => Array.isArray(value) && value.length > 0, "a list with at least one paper"],
  models: [(value) => Array.isArray(value) && value.length > 0, "a list with at least one model"],
  defaultModel: [text, "the id of one of its models"],
};

const modelRules: Record<string, Rule> = {
  id: [kebab, "an id of [a-z0-9-]"],
  title: [text, "a text"],
  configs: [(value) => isObject(value) && "tiny" in value && "full" in value, "{ tiny, full }"],
  build: [callable, "a function"],
  configure: [callable, "a function"],
  makeBatch: [callable, "a function"],
  workloads: [(value) => isObject(value) && isObject(value.small) && isObject(value.paper), "{ small, paper }"],
};

/** What a plugin's default export lacks, in one line; null when it keeps the contract. */
export function contractFault(exported: unknown): string | null {
  if (!isObject(exported)) return "src/index.ts has no default export: export default definePlugin({ ... })";
  const own = firstFault(exported, pluginRules, "the plugin");
  if (own) return own;
  const models = exported.models as unknown[];
  for (const [index, model] of models.entries()) {
    if (!isObject(model)) return `models[${index}] is not a model: use defineModel({ ... })`;
    const fault = firstFault(model, modelRules, text(model.id) ? `model ${String(model.id)}` : `models[${index}]`);
    if (fault) return fault;
  }
  const ids = models.map((model) => (model as { id: string }).id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) return `model ${twice} is defined twice`;
  if (!ids.includes(exported.defaultModel as string))
    return `defaultModel "${String(exported.defaultModel)}" is none of ${ids.join(", ")}`;
  return null;
}

function firstFault(value: Record<string, unknown>, rules: Record<string, Rule>, owner: string): string | null {
  for (const [field, [test, expected]] of Object.entries(rules))
    if (!test(value[field])) return `${owner}: "${field}" should be ${expected}`;
  return null;
}
