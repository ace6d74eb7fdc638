import { readFileSync } from "node:fs";
import { makeStep, type StepRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { v2Models } from "./v2-models.ts";

type Row = [name: string, shape: number[], trainable: boolean];

/** Without `num_batches_tracked`: with a fixed momentum nothing reads these counters. */
const listing = (name: string): Row[] => {
  const text = readFileSync(new URL(`../test-data/deblurgan_v2_${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text).used as Row[]).filter(([row]) => !row.endsWith(".num_batches_tracked"));
};

const modelOf = (name: string) => v2Models.find(({ id }) => id === `deblurgan-v2-${name}`)!;

function rows(name: string, request: Partial<StepRequest> & Pick<StepRequest, "phase">): Row[] {
  const { state } = makeStep(modelOf(name), { size: "full", batch: 1, ...request });
  return state.filter(({ kind }) => kind !== "slot").map((spec) => [spec.name, spec.shape, spec.trainable]);
}

const trainable = (all: Row[], prefix: string) =>
  all
    .filter(([name, , learned]) => learned && name.startsWith(prefix))
    .reduce((sum, [, shape]) => sum + shape.reduce((product, n) => product * n, 1), 0);

describe.each([
  ["inception", 35_840_099],
  ["mobilenet", 2_106_627],
] as const)("the parameters of %s", (name, count) => {
  const trained = rows(name, { phase: "train" });
  const generator = listing(name).map(([row, ...rest]): Row => [`generator.${row}`, ...rest]);

  it("are the official ones: names, shapes, order", () => {
    expect(trained.filter(([row]) => !row.startsWith("vgg."))).toEqual([...generator, ...listing("discriminators")]);
  });

  it("are as many as counted in the official code, VGG19's fixed", () => {
    expect(trainable(trained, "generator.")).toBe(count);
    expect(trainable(trained, "patch.")).toBe(2_764_737);
    expect(trainable(trained, "full.")).toBe(11_154_369);
    expect(trained.filter(([row]) => row.startsWith("vgg."))).toHaveLength(14);
    expect(trainable(trained, "vgg.")).toBe(0);
  });

  it("are the generator's alone in inference and in the plain check of the backward pass", () => {
    expect(rows(name, { phase: "infer" })).toEqual(generator);
    expect(rows(name, { phase: "train", trainObjective: "mean-square" })).toEqual(generator);
  });

  it("are all of them where a file lists all, or a sharp image is to be judged", () => {
    const crop = [1, 3, 128, 128];
    const batch = { "batch.blurred": crop, "batch.sharp": crop };
    expect(rows(name, { phase: "infer", shapes: { blurred: crop, ...batch } })).toEqual(trained);
    expect(rows(name, { phase: "infer", shapes: { blurred: crop, sharp: crop } })).toEqual(trained);
  });
});

it("MobileNet-DSC has as many parameters as counted on a re-creation: no official code exists", () => {
  expect(trainable(rows("mobilenet-dsc", { phase: "train" }), "generator.")).toBe(1_184_766);
});

it.each(v2Models.map(({ id, recipe }) => [id, recipe!] as const))("the recipe of %s adds up", (_, recipe) => {
  expect(recipe.steps).toBe((recipe.samplesPerEpoch / recipe.batch) * recipe.epochs);
});
