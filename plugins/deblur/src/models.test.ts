import { readFileSync } from "node:fs";
import { makeStep, type StepRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import plugin from "./index.ts";

const model = plugin.models.find(({ id }) => id === "deblurgan");

const listing = (name: string): [string, number[], boolean][] =>
  JSON.parse(readFileSync(new URL(`../test-data/${name}.json`, import.meta.url), "utf8")).used;

function rows(request: Partial<StepRequest> & Pick<StepRequest, "phase">) {
  const { state } = makeStep(model!, { size: "full", batch: 1, ...request });
  return state.filter(({ kind }) => kind !== "slot").map(({ name, shape, trainable }) => [name, shape, trainable]);
}

const count = (all: unknown[][], prefix: string) =>
  all
    .filter(([name]) => (name as string).startsWith(prefix))
    .reduce((sum, [, shape]) => sum + (shape as number[]).reduce((product, n) => product * n, 1), 0);

describe("DeblurGAN's parameters", () => {
  const trained = rows({ phase: "train" });

  it.each(["generator", "critic"])("of the %s are the official ones: names, shapes, order", (network) => {
    const expected = listing(`deblurgan_${network}`).map(([name, ...rest]) => [`${network}.${name}`, ...rest]);
    expect(trained.filter(([name]) => (name as string).startsWith(`${network}.`))).toEqual(expected);
  });

  it("are as many as counted in the official code, VGG19's fixed", () => {
    expect(count(trained, "generator.")).toBe(11_378_179);
    expect(count(trained, "critic.")).toBe(2_764_737);
    expect(count(trained, "vgg.")).toBe(1_735_488);
    expect(trained.filter(([, , trainable]) => !trainable).map(([name]) => name)).toEqual(
      [0, 2, 5, 7, 10, 12, 14].flatMap((index) => ["weight", "bias"].map((part) => `vgg.features.${index}.${part}`)),
    );
  });

  it("are the generator's alone in inference, unless a sharp image is to be judged", () => {
    expect(count(rows({ phase: "infer" }), "")).toBe(11_378_179);
    const shapes = { blurred: [1, 3, 64, 64], sharp: [1, 3, 64, 64] };
    expect(rows({ phase: "infer", shapes })).toEqual(trained);
  });

  it("are the generator's alone in the plain check of the backward pass", () => {
    expect(count(rows({ phase: "train", trainObjective: "mean-square" }), "")).toBe(11_378_179);
  });
});

it("the recipe adds up", () => {
  const recipe = model!.recipe!;
  expect(recipe.steps).toBe((recipe.samplesPerEpoch / recipe.batch) * recipe.epochs);
});
