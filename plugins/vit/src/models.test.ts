import { readFileSync } from "node:fs";
import { makeStep, type Model } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import plugin from "./index.ts";

const model = (id: string): Model => plugin.models.find((candidate) => candidate.id === id)!;

function parameters(id: string) {
  const { state } = makeStep(model(id), { phase: "infer", size: "full", batch: 1 });
  return state.map(({ name, shape, trainable }) => [name, shape, trainable] as const);
}

describe("parameters", () => {
  it.each(["vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224"])(
    "of %s are the official checkpoint's: names, shapes, order",
    (official) => {
      const listing = JSON.parse(readFileSync(new URL(`../test-data/${official}.json`, import.meta.url), "utf8"));
      expect(parameters(official.replaceAll("_", "-"))).toEqual(listing);
    },
  );

  // Counted in timm 1.0.31; the 224 counts of Ti, S and B are also the sums of the listings.
  it.each([
    ["vit-tiny-patch16-224", 5_717_416],
    ["vit-small-patch16-224", 22_050_664],
    ["vit-base-patch16-224", 86_567_656],
    ["vit-large-patch16-224", 304_326_632],
    ["vit-tiny-patch16-384", 5_790_376],
    ["vit-small-patch16-384", 22_196_584],
    ["vit-base-patch16-384", 86_859_496],
    ["vit-large-patch16-384", 304_715_752],
  ])("of %s are %i", (id, count) => {
    const sizes = parameters(id).map(([, shape]) => shape.reduce((product, n) => product * n, 1));
    expect(sizes.reduce((a, b) => a + b)).toBe(count);
  });

  it.each(["deepvit_16b", "deepvit_32b", "deepvit_S", "deepvit_L"])(
    "of %s are the official checkpoint's but for its step counters: names, shapes, order",
    (official) => {
      const listing: [string, number[], boolean][] = JSON.parse(
        readFileSync(new URL(`../test-data/${official}.json`, import.meta.url), "utf8"),
      );
      const wanted = listing.filter(([name]) => !name.endsWith(".num_batches_tracked"));
      expect(parameters(official.replaceAll("_", "-").toLowerCase())).toEqual(wanted);
    },
  );

  // Counted in the official repository; running statistics are no parameters.
  it.each([
    ["deepvit-16b", 24_426_664],
    ["deepvit-24b", 36_261_448],
    ["deepvit-32b", 48_096_232],
    ["deepvit-s", 27_312_632],
    ["deepvit-l", 58_883_708],
    ["deepvit-l-384", 59_043_308],
  ])("of %s are %i", (id, count) => {
    const sizes = parameters(id).map(([, shape, trainable]) => (trainable ? shape.reduce((all, n) => all * n, 1) : 0));
    expect(sizes.reduce((a, b) => a + b)).toBe(count);
  });

  it("are all there is in inference; training adds two slots each", () => {
    const { state } = makeStep(model("vit-tiny-patch16-224"), { phase: "train", size: "tiny", batch: 2 });
    const kinds = state.map(({ kind }) => kind);
    const learned = kinds.filter((kind) => kind === "parameter").length;
    expect(kinds.filter((kind) => kind === "slot")).toHaveLength(2 * learned);
  });
});

describe("recipes", () => {
  it.each(plugin.models.map((each) => [each.id, each.recipe!] as const))("of %s add up", (_, recipe) => {
    const stepsPerEpoch = Math.floor(recipe.samplesPerEpoch / recipe.batch);
    expect(recipe.steps).toBe(stepsPerEpoch * recipe.epochs);
  });
});
