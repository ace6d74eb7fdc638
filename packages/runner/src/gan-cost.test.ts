import { compile } from "@epochmark/compiler";
import { makeStep } from "@epochmark/plugin-kit";
import { expect, test } from "vitest";
import { discoverPlugins } from "./discover/discover.ts";
import { findModel } from "./discover/find-model.ts";

const { plugins } = await discoverPlugins();

/**
 * FLOPs of a GAN's step, counted the same way on the official code: inference of one image; the whole train step at batch 1 with
 * the perceptual network fixed.
 */
const gans = {
  deblurgan: [99_103_014_912, 829.2207e9],
  "deblurgan-v2-inception": [35_035_602_624, 325.2773e9],
  "deblurgan-v2-mobilenet": [5_417_205_760, 236.4216e9],
} as const;

test.each(Object.entries(gans))("%s costs what PyTorch counts, its train step within 0.1 %", (id, [forward, step]) => {
  const { model } = findModel(plugins, id);
  const flops = (phase: "infer" | "train"): number =>
    compile(makeStep(model, { phase, size: "full", batch: 1 })).cost.flops;
  expect(flops("infer")).toBe(forward);
  expect(Math.abs(flops("train") / step - 1)).toBeLessThan(0.001);
});

test.each([
  ["deblurgan-v2-inception", "mean-square", false, 105.0789],
  ["deblurgan-v2-inception", "mean-square", true, 72.7819],
  ["deblurgan-v2-mobilenet", "mean-square", false, 16.2233],
  ["deblurgan-v2-mobilenet", "mean-square", true, 14.9189],
  ["deblurgan-v2-inception", "wgan-gp", false, 365.946],
  ["deblurgan-v2-mobilenet", "wgan-gp", false, 277.0904],
  ["deblurgan-v2-mobilenet-dsc", "mean-square", false, 3.9276],
])("%s trained for %s, backbone frozen: %s, costs %f GFLOP", (id, trainObjective, frozenBackbone, giga) => {
  const { model } = findModel(plugins, id);
  const request = { phase: "train", size: "full", batch: 1, trainObjective, overrides: { frozenBackbone } } as const;
  expect(Math.abs(compile(makeStep(model, request)).cost.flops / (giga * 1e9) - 1)).toBeLessThan(0.001);
});

test.each([
  ["deblurgan-v2-inception", 547_863_734_976],
  ["deblurgan-v2-mobilenet", 77_872_332_800],
])("%s restores a whole frame for as much as PyTorch counts", (id, flops) => {
  const { model } = findModel(plugins, id);
  const shapes = { blurred: [1, 3, 736, 1280] };
  expect(compile(makeStep(model, { phase: "infer", size: "full", batch: 1, shapes })).cost.flops).toBe(flops);
});

test("MobileNet-DSC, which has no official code, costs what was counted on a re-creation of it", () => {
  const { model } = findModel(plugins, "deblurgan-v2-mobilenet-dsc");
  const flops = (height: number, width: number): number => {
    const shapes = { blurred: [1, 3, height, width] };
    return compile(makeStep(model, { phase: "infer", size: "full", batch: 1, shapes })).cost.flops / 1e9;
  };
  expect(flops(256, 256)).toBeCloseTo(1.3095, 4);
  expect(flops(736, 1280)).toBeCloseTo(18.8241, 4);
});
