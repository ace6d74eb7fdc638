import { basename, join } from "node:path";
import { type WritableTensor, writeSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { makeFolder } from "@epochmark/records/node";
import { untouchedLosses } from "./checks.ts";
import { type Numbers, lossTerms } from "./compare.ts";
import type { GoldenRun } from "./run.ts";
import type { Golden, Train } from "./schema.ts";

/**
 * Writes `<folder>/<golden file name>.safetensors`, raw float32 in PyTorch layout: `eval/<output>`,
 * `losses/<term>`, `steps/<k>/<term>` (k from 0: the loss before update k + 1), `gradients/<parameter>` of the
 * first step, `after/<parameter>`. Returns the path.
 */
export async function dumpGolden(folder: string, file: string, golden: Golden, run: GoldenRun): Promise<string> {
  const shapes = new Map(golden.weights.map(([name, shape]) => [name, shape]));
  const outputs = Object.entries(golden.eval.outputs).flatMap(([name, { shape }]) => {
    const data = run.outputs[name];
    return data ? [[`eval/${name}`, tensor(shape, data)] as const] : [];
  });
  const entries = [...outputs, ...(golden.train && run.train ? trainTensors(golden.train, run.train, shapes) : [])];
  await makeFolder(folder);
  const path = join(folder, `${basename(file, ".json")}.safetensors`);
  await writeSafetensors(path, Object.fromEntries(entries));
  return path;
}

function* trainTensors(
  train: Train,
  { steps, gradients, after }: NonNullable<GoldenRun["train"]>,
  shapes: Map<string, number[]>,
): Generator<[string, WritableTensor]> {
  yield* scalars("losses", Object.keys(train.losses), untouchedLosses(steps[0]!.scalars));
  for (const [k, tree] of train.lossesBySteps.entries()) {
    const terms = lossTerms(tree).map(([term]) => term);
    yield* scalars(`steps/${k}`, terms, steps[k]!.scalars);
  }
  for (const [name, data] of Object.entries(gradients)) yield [`gradients/${name}`, tensor(shapes.get(name), data)];
  for (const [name, shape] of shapes) if (after[name]) yield [`after/${name}`, tensor(shape, after[name])];
}

function* scalars(group: string, terms: string[], values: Record<string, number>): Generator<[string, WritableTensor]> {
  for (const term of terms) {
    const value = values[term];
    if (value !== undefined) yield [`${group}/${term}`, tensor([], Float32Array.of(value))];
  }
}

function tensor(shape: number[] | undefined, data: Numbers): WritableTensor {
  return { shape: shape ?? [data.length], data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
