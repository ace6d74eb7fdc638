import { findGpu } from "@epochmark/catalog";
import type { Case, Precision } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { physicsOf } from "./physics.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";
import { validateRunFile } from "./validate.ts";

/** GFLOP of the forward pass of one image (2 × multiply-accumulate), and of it in 3×3 convolutions with stride 1. */
const networks = {
  "resnet-18": [3.63, 2.77],
  "resnet-50": [8.18, 3.24],
  "resnet-152": [23.1, 10.3],
  "vgg-16": [30.94, 30.69],
  "vgg-19": [39.26, 39.01],
  "inception-v3": [11.4, 3.2],
  "vit-small": [9.2, 0],
  "vit-base": [35.1, 0],
} as const;

type Published = readonly [
  gpu: string,
  network: keyof typeof networks,
  imagesPerSecond: number,
  passes: 1 | 3,
  Precision,
];

/**
 * Honest rates that others published, forward and backward as three passes: TensorFlow's benchmarks of 2017 (P100,
 * K80), cnn-benchmarks (Titan X of Maxwell and Pascal, GTX 1080 and 1080 Ti, cuDNN 5.1), Lambda (fp32 on Ampere and
 * later is tf32), timm (mixed precision, RTX 3090).
 */
const published: Published[] = [
  ["tesla-p100-pcie-16gb", "inception-v3", 142, 3, "fp32"],
  ["tesla-p100-pcie-16gb", "resnet-50", 219, 3, "fp32"],
  ["tesla-p100-pcie-16gb", "resnet-152", 91.8, 3, "fp32"],
  ["tesla-p100-pcie-16gb", "vgg-16", 154, 3, "fp32"],
  ["tesla-k80", "inception-v3", 30.5, 3, "fp32"],
  ["tesla-k80", "resnet-50", 51.9, 3, "fp32"],
  ["tesla-k80", "resnet-152", 20, 3, "fp32"],
  ["tesla-k80", "vgg-16", 35.4, 3, "fp32"],
  ["geforce-gtx-titan-x", "resnet-18", 16 / 0.05142, 3, "fp32"],
  ["geforce-gtx-titan-x", "resnet-50", 16 / 0.15962, 3, "fp32"],
  ["geforce-gtx-titan-x", "vgg-16", 16 / 0.19278, 3, "fp32"],
  ["geforce-gtx-titan-x", "vgg-19", 16 / 0.22514, 3, "fp32"],
  ["geforce-gtx-1080", "resnet-50", 16 / 0.14982, 3, "fp32"],
  ["titan-x-pascal", "resnet-50", 16 / 0.10358, 3, "fp32"],
  ["geforce-gtx-1080-ti", "resnet-50", 16 / 0.10121, 3, "fp32"],
  ["geforce-gtx-1080-ti", "resnet-50", 209, 3, "fp32"],
  ["geforce-gtx-1080-ti", "vgg-16", 125, 3, "fp32"],
  ["tesla-v100-pcie-16gb", "resnet-50", 369, 3, "fp32"],
  ["tesla-v100-pcie-16gb", "vgg-16", 249, 3, "fp32"],
  ["geforce-rtx-2080-ti", "resnet-50", 321, 3, "fp32"],
  ["geforce-rtx-3090", "resnet-50", 568, 3, "tf32"],
  ["geforce-rtx-3090", "vgg-16", 325, 3, "tf32"],
  ["a100-sxm4-80gb", "resnet-50", 1066, 3, "tf32"],
  ["tesla-v100-pcie-16gb", "resnet-50", 833, 3, "fp16"],
  ["geforce-rtx-2080-ti", "resnet-50", 770, 3, "fp16"],
  ["geforce-rtx-3090", "vit-small", 1053, 3, "fp16"],
  ["geforce-rtx-3090", "vit-base", 391, 3, "fp16"],
  ["geforce-rtx-3090", "vit-base", 1571, 1, "fp16"],
  ["geforce-rtx-3090", "vit-small", 4585, 1, "fp16"],
  ["a100-sxm4-80gb", "resnet-50", 1582, 3, "fp16"],
];

const batch = 16;
const claim = (network: keyof typeof networks, imagesPerSecond: number, passes: number, precision: Precision): Case => {
  const [all, winograd] = networks[network].map((giga) => giga * passes * batch * 1e9);
  const launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, (1000 * batch) / imagesPerSecond));
  const { cost } = exampleCase();
  return exampleCase({
    launches,
    precision,
    workload: { name: "explicit", batch, inputs: [] },
    cost: { ...cost!, flops: all!, flopsExecuted: all!, winogradFlops: winograd!, compulsoryBytes: 1e8 },
  });
};

describe("published honest figures are never refused", () => {
  test.each(published)("%s %s %d img/s, %i passes in %s", (id, network, imagesPerSecond, passes, precision) => {
    expect(findGpu(id), id).toBeDefined();
    expect(physicsOf(claim(network, imagesPerSecond, passes, precision), { id })).toEqual({
      impossible: null,
      odd: [],
    });
  });

  test("though VGG on a Titan X needs Winograd: without its allowance it would be", () => {
    const id = "geforce-gtx-titan-x";
    const of = claim("vgg-16", 16 / 0.19278, 3, "fp32");
    expect(physicsOf({ ...of, cost: { ...of.cost!, winogradFlops: 0 } }, { id }).impossible).toMatch(/^7\.\d+ TFLOP/);
    expect(physicsOf({ ...of, cost: { ...of.cost!, winogradFlops: null } }, { id }).impossible).toBeNull();
  });
});

test("a rate over the peak is refused with both figures, one under it by the allowance is not", () => {
  const id = "geforce-gtx-1080-ti";
  const peak = findGpu(id)!.fp32Tflops!.value;
  const rate = (share: number) => (share * peak * 1e12) / (networks["vit-base"][0] * 1e9);
  expect(physicsOf(claim("vit-base", rate(1.03), 1, "fp32"), { id }).impossible).toBeNull();
  expect(physicsOf(claim("vit-base", rate(1.08), 1, "fp32"), { id }).impossible).toMatch(
    /^12\.\d TFLOP\/s in fp32 are more than the 11\.3 TFLOP\/s of the GeForce GTX 1080 Ti$/,
  );
});

test("the faster of median and wall time is what a record claims", () => {
  const id = "geforce-gtx-1080-ti";
  const honest = claim("resnet-50", 200, 3, "fp32");
  const summary = { ...honest.summary!, imagesPerSecond: { median: 20_000, low: null, high: null } };
  expect(physicsOf(honest, { id }).impossible).toBeNull();
  expect(physicsOf({ ...honest, summary }, { id }).impossible).toMatch(/TFLOP/);
});

test("what only larger tiles, or caches, explain is odd", () => {
  const id = "geforce-gtx-titan-x";
  expect(physicsOf(claim("vgg-16", 150, 3, "fp32"), { id })).toEqual({
    impossible: null,
    odd: [expect.stringMatching(/^only larger Winograd tiles than 2×2 explain 13\.\d TFLOP\/s$/)],
  });
  const slow = claim("vit-small", 100, 1, "fp32");
  const bytes = { ...slow, cost: { ...slow.cost!, compulsoryBytes: 1e11 } };
  expect(physicsOf(bytes, { id })).toEqual({
    impossible: null,
    odd: [expect.stringMatching(/^6\d\d GB\/s of state and inputs are more than the memory's 336\.\d GB\/s$/)],
  });
});

test("a CPU, an unknown GPU and a case without figures have no bound", () => {
  const absurd = claim("vit-base", 1e6, 1, "fp32");
  for (const id of ["cpu-amd-epyc", "geforce-of-tomorrow"])
    expect(physicsOf(absurd, { id })).toEqual({ impossible: null, odd: [] });
  expect(physicsOf({ ...absurd, summary: null }, { id: "geforce-gtx-titan-x" }).impossible).toBeNull();
});

test("validation refuses the impossible and warns of the odd", async () => {
  const file = await exampleRunFile({ cases: [claim("vit-base", 5000, 1, "fp32")] });
  const { problems } = await validateRunFile(file);
  expect(problems.map(({ path }) => path)).toEqual(["cases[0].summary"]);
  const gpu = { ...file.gpu, id: "geforce-gtx-titan-x" };
  const { problems: none, warnings } = await validateRunFile(
    await exampleRunFile({ gpu, cases: [claim("vgg-16", 150, 3, "fp32")] }),
  );
  expect([none, warnings.map(({ path }) => path)]).toEqual([[], ["cases[0].summary"]]);
});
