import { compile } from "@epochmark/compiler";
import { makeStep } from "@epochmark/plugin-kit";
import { expect, test } from "vitest";
import { discoverPlugins } from "./discover/discover.ts";
import { findModel } from "./discover/find-model.ts";

/**
 * FLOPs an image: forward pass; forward and backward pass. Counted in PyTorch 2.15 by `FlopCounterMode` on timm 1.0.31's
 * models with unfused attention and on DeepViT's official code: 2 × multiply-accumulates of products and convolutions, nothing else.
 */
const counted = {
  "vit-tiny-patch16-224": [2_507_366_400, 7_464_296_448],
  "vit-tiny-patch16-384": [9_364_439_040, 27_923_447_808],
  "vit-small-patch16-224": [9_197_764_608, 27_477_688_320],
  "vit-small-patch16-384": [30_980_702_208, 92_602_368_000],
  "vit-base-patch16-224": [35_127_656_448, 105_151_758_336],
  "vit-base-patch16-384": [110_968_700_928, 332_226_625_536],
  "vit-large-patch16-224": [123_109_425_152, 369_019_994_112],
  "vit-large-patch16-384": [382_132_600_832, 1_145_491_832_832],
  "deepvit-16b": [10_544_601_600, 31_518_199_296],
  "deepvit-24b": [15_758_715_648, 47_160_541_440],
  "deepvit-32b": [20_972_829_696, 62_802_883_584],
  "deepvit-s": [12_722_635_104, 37_931_877_408],
  "deepvit-l": [26_297_085_120, 78_655_227_456],
  "deepvit-l-384": [89_584_048_320, 268_058_511_936],
} as const;

const { plugins } = await discoverPlugins();

test.each(Object.entries(counted))("%s costs what PyTorch counts, to the last FLOP", (id, [forward, both]) => {
  const { model } = findModel(plugins, id);
  const flops = (phase: "infer" | "train", batch: number): number =>
    compile(makeStep(model, { phase, size: "full", batch })).cost.flops / batch;
  expect(flops("infer", 1)).toBe(forward);
  expect(flops("train", 2)).toBe(both);
});
