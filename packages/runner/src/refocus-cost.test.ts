import { compile } from "@epochmark/compiler";
import { makeStep } from "@epochmark/plugin-kit";
import { expect, test } from "vitest";
import { discoverPlugins } from "./discover/discover.ts";
import { findModel } from "./discover/find-model.ts";

const { plugins } = await discoverPlugins();
const { model } = findModel(plugins, "deeplens");

type Sizes = Record<string, [channels: number, height: number, width: number]>;

/**
 * GFLOP an image, forward; forward and backward. Counted in PyTorch 2.15 on DeepLens re-created from the released code, which gives
 * the same outputs: 2 × multiply-accumulates of convolutions, nothing else.
 */
const counted: [what: string, part: string, inputs: Sizes, forward: number, both: number][] = [
  ["depth network", "depth", { image: [3, 320, 320] }, 54.8911, 164.1915],
  ["lens blur at 320", "lensblur", { image: [3, 320, 320] }, 69.52, 205.7849],
  ["lens blur at 256", "lensblur", { image: [3, 256, 256] }, 44.4928, 131.7023],
  ["upsampling to 640", "sr", { low: [3, 320, 320], high: [3, 640, 640] }, 89.4394, 266.5783],
  ["upsampling to 1280", "sr", { low: [3, 640, 640], high: [3, 1280, 1280] }, 357.7577, 1066.3133],
];

const giga = (phase: "infer" | "train", part: string, sizes: Sizes, scale?: number): number => {
  const batch = 2;
  const named = (prefix: string) => Object.entries(sizes).map(([name, size]) => [`${prefix}${name}`, [batch, ...size]]);
  const shapes = Object.fromEntries([...named(""), ...named("batch.")]) as Record<string, number[]>;
  const overrides = scale === undefined ? {} : { scale };
  const step = makeStep(model, { phase, size: "full", batch, part, shapes, overrides });
  return compile(step).cost.flops / batch / 1e9;
};

test.each(counted)("DeepLens's %s costs what PyTorch counts", (_, part, sizes, forward, both) => {
  expect(giga("infer", part, sizes)).toBeCloseTo(forward, 4);
  expect(Math.abs(giga("train", part, sizes) / both - 1)).toBeLessThan(1e-4);
});

test.each<[height: number, width: number, scale: number, forward: number]>([
  [640, 640, 2, 213.8505],
  [1280, 1280, 4, 571.6082],
  [960, 1280, 4, 442.4289],
  [720, 1280, 4, 345.5964],
])("DeepLens's pyramid of %i × %i pixels costs what PyTorch counts", (height, width, scale, forward) => {
  expect(giga("infer", "pipeline", { image: [3, height, width] }, scale)).toBeCloseTo(forward, 4);
});

test.each<[what: string, sizes: Sizes, expected: number]>([
  ["one enlargement", { low: [3, 320, 320], mid: [3, 640, 640] }, 472.4],
  ["two enlargements", { low: [3, 320, 320], mid: [3, 640, 640], high: [3, 1280, 1280] }, 1538.7],
])("DeepLens's joint train step with %s costs the sum of its parts, within 1 %%", (_, sizes, expected) => {
  // More than the sum by the gradient that reaches the lens blur through the upsampling.
  expect(Math.abs(giga("train", "pipeline", sizes) / expected - 1)).toBeLessThan(0.01);
});
