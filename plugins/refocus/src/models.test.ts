import { readFileSync } from "node:fs";
import { makeStep, type StepRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import plugin from "./index.ts";

const [deeplens, depth] = plugin.models;

type Row = [name: string, shape: number[], trainable: boolean];

function listing(part: string): Row[] {
  const file = new URL(`../test-data/deeplens_${part}.json`, import.meta.url);
  const { used } = JSON.parse(readFileSync(file, "utf8")) as { used: Row[] };
  return used.map(([name, shape, trainable]) => [name, shape, trainable]);
}

function rows(request: Partial<StepRequest> = {}, model = deeplens): Row[] {
  const { state } = makeStep(model!, { phase: "infer", size: "full", batch: 2, ...request });
  return state.filter(({ kind }) => kind !== "slot").map(({ name, shape, trainable }) => [name, shape, trainable]);
}

const count = (all: Row[], prefix = "") =>
  all
    .filter(([name, , trainable]) => trainable && name.startsWith(`Network/Network/${prefix}`))
    .reduce((sum, [, shape]) => sum + shape.reduce((product, n) => product * n, 1), 0);

describe("DeepLens's parameters", () => {
  const [whole, parts] = [rows(), ["depth", "lensblur", "sr"]];

  it.each(parts)("of %s are the released checkpoint's: names, shapes, order", (part) =>
    expect(rows({ part })).toEqual(listing(part)),
  );

  it("are all of them in the pipeline, in either phase", () => {
    expect(whole).toEqual(parts.flatMap(listing));
    expect(rows({ phase: "train" })).toEqual(whole);
  });

  it("are as many as the checkpoint's", () => {
    expect(count(whole, "Depth/")).toBe(9_466_689);
    expect(count(whole, "Lensblur/")).toBe(521_055);
    expect(count(whole, "Feature/")).toBe(40_275);
    expect(count(whole, "SR/")).toBe(1_474_781);
    expect(count(whole)).toBe(11_502_800);
  });

  it("gain 74,049 by the proposed segmentation head", () => {
    const proposed = rows({}, depth).filter(([name]) => name.startsWith("Network/Network/Depth/seg_"));
    expect(count(proposed)).toBe(74_049);
    expect(rows({}, depth)).toEqual([...listing("depth"), ...proposed]);
    // So the released file fits with the head left as it is initialised, and the other networks beside.
    const { lacks, others } = depth!.checkpoint!;
    expect(rows({}, depth).filter(([name]) => lacks!.test(name))).toEqual(proposed);
    expect(whole.filter(([name]) => !others!.test(name))).toEqual(listing("depth"));
  });

  it("have an optimizer's memory only where they are trained", () => {
    const { state } = makeStep(deeplens!, { phase: "train", size: "full", batch: 2 });
    const slots = state.filter(({ kind }) => kind === "slot");
    expect(slots).toHaveLength(2 * 134);
    expect(slots.some(({ name }) => name.includes("/Depth/"))).toBe(false);
  });
});

it.each(plugin.models)("the recipe of $id adds up", ({ recipe }) => {
  const { steps, samplesPerEpoch, batch, epochs } = recipe!;
  expect((samplesPerEpoch / batch) * epochs).toBeCloseTo(steps, 6);
});
