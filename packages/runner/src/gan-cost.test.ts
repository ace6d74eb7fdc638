import { compile } from "@epochmark/compiler";
import { makeStep } from "@epochmark/plugin-kit";
import { expect, test } from "vitest";
import { discoverPlugins } from "./discover/discover.ts";
import { findModel } from "./discover/find-model.ts";

const { plugins } = await discoverPlugins();

/**
 * FLOPs of a GAN's step, counted the same way on the official code: inference of one image; the whole train step at batch 1 with
 * the perceptual network fixed. Second derivatives differ by up to 1 %: PyTorch's filter gradient of a strided convolution
 * computes taps that it then cuts off.
 */
const gans = {
  deblurgan: [99_103_014_912, 829.2207e9],
} as const;

test.each(Object.entries(gans))("%s costs what PyTorch counts, its train step within 1 %", (id, [forward, step]) => {
  const { model } = findModel(plugins, id);
  const flops = (phase: "infer" | "train"): number =>
    compile(makeStep(model, { phase, size: "full", batch: 1 })).cost.flops;
  expect(flops("infer")).toBe(forward);
  expect(Math.abs(flops("train") / step - 1)).toBeLessThan(0.01);
});
