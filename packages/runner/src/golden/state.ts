import type { Arrays } from "@epochmark/compiler";
import { type StateSpec, initialState } from "@epochmark/plugin-kit";
import { makeWeight } from "./rule.ts";
import { UsageError } from "../errors.ts";
import type { Golden } from "./schema.ts";

/**
 * Initial values of a model's state: parameters and buffers by the rule, optimizer slots by their own
 * initializers. @throws {UsageError} unless the file's weights are the model's parameters and buffers,
 * name by name and shape by shape; counters may be missing in the model, where they have no part
 */
export function freshState(file: string, golden: Golden, specs: readonly StateSpec[]): Arrays {
  const declared = new Map(specs.filter(({ kind }) => kind !== "slot").map((spec) => [spec.name, spec]));
  const listed = new Set(golden.weights.map(([name]) => name));
  const faults = [
    ...golden.weights.flatMap(([name, shape, kind]) => {
      const spec = declared.get(name);
      if (!spec) return kind === "counter" ? [] : [`${name} is not declared by the model`];
      return spec.shape.join() === shape.join()
        ? []
        : [`${name} is [${shape.join()}] in the file, [${spec.shape.join()}] in the model`];
    }),
    ...[...declared.keys()].filter((name) => !listed.has(name)).map((name) => `${name} is not in the file`),
  ];
  if (faults.length > 0)
    throw new UsageError(
      `${file}: weights do not fit ${golden.build.plugin}/${golden.build.model}: ${faults[0]}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ""}; correct the build block or the model`,
    );
  const weights = golden.weights
    .filter(([name]) => declared.has(name))
    .map(([name, shape, kind]) => [name, makeWeight(golden.seed, name, shape, kind)] as const);
  const slots = initialState(
    specs.filter(({ kind }) => kind === "slot"),
    golden.seed,
  );
  return { ...slots, ...Object.fromEntries(weights) };
}
