import { describe, expect, test } from "vitest";
import { CostTable } from "./cost-table.ts";
import { CatalogGpu } from "./gpu.ts";
import { ModelPath } from "./ids.ts";
import { PluginManifest } from "./manifest.ts";

const source = "made up for this test";
const gpu = {
  id: "geforce-rtx-3090",
  name: "GeForce RTX 3090",
  vendor: "nvidia",
  kind: "discrete",
  formFactor: "desktop",
  architecture: "Ampere",
  computeCapability: "8.6",
  year: 2020,
  memoryGB: { value: 24, source },
  bandwidthGBs: { value: 936, source },
  fp32Tflops: null,
  clocks: { cores: 10_496, boostMHz: 1695, flopsPerCore: 2, busBits: 384, gigabitsPerPin: 19.5, source },
  tensorTflops: { value: 71, source },
  tf32Tflops: { value: 35.6, source },
  fp16Tflops: null,
  tdpW: { value: 350, source },
  launchUsd: { value: 1499, source },
  linkGBs: null,
  aliases: ["nvidia geforce rtx 3090"],
  pciIds: ["10de:2204", "1002:699f/c1"],
};

const manifest = {
  id: "vit",
  title: "Vision Transformer",
  papers: [
    {
      title: "An Image is Worth 16x16 Words",
      authors: "A. Dosovitskiy et al.",
      venue: "ICLR 2021",
      url: "https://arxiv.org/abs/2010.11929",
    },
  ],
  models: [
    {
      id: "vit-small-patch16-224",
      title: "ViT-S/16 at 224",
      phases: ["train", "infer"],
      parameters: 22_050_664,
      recipe: {
        dataset: "ImageNet-1k",
        samplesPerEpoch: 1_281_167,
        epochs: 300,
        batch: 1024,
        steps: 375_300,
        gpus: null,
        reportedHours: null,
        precision: "fp16",
        sources: [source],
      },
    },
  ],
};

const profile = {
  model: "vit/vit-small-patch16-224",
  phase: "train",
  parameters: 22_050_664,
  trained: 22_050_664,
  slotBytes: 176_405_312,
  stateBytes: 264_607_968,
  frozenBytes: 0,
  flops: [0, 27_477_688_320],
  inputBytes: [8, 606_208],
  keptBytes: [0, 99_000_000],
  peakLiveBytes: [[130_000_000, 68_000_000]],
  peakHeldBytes: [[130_000_000, 70_000_000]],
  nodes: 3179,
  work: [{ kind: "gemm", count: 149, flops: [0, 25e9], read: [1e8, 1e8], written: [1e7, 1e8] }],
};
const table = { schemaVersion: 3, rows: [profile] };

describe("catalogue GPU", () => {
  test("good", () => expect(CatalogGpu.parse(gpu)).toEqual(gpu));
  test.each([
    ["a figure without source", { memoryGB: { value: 24 } }, ["memoryGB", "source"]],
    ["a figure that is no figure", { bandwidthGBs: { value: 0, source } }, ["bandwidthGBs", "value"]],
    ["an unknown field", { price: 1499 }, []],
    ["a PCI id in capitals", { pciIds: ["10DE:2204"] }, ["pciIds", 0]],
    ["a kind that is none", { kind: "gpu" }, ["kind"]],
  ])("%s", (_, changes, path) => {
    expect(CatalogGpu.safeParse({ ...gpu, ...changes }).error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});

describe("plugin manifest", () => {
  test("good", () => expect(PluginManifest.parse(manifest)).toEqual(manifest));
  test.each([
    ["a paper without link", { papers: [{ ...manifest.papers[0], url: "arxiv" }] }, ["papers", 0, "url"]],
    ["no model", { models: [] }, ["models"]],
    ["an unknown field", { hook: "rm" }, []],
    [
      "a recipe without source",
      { models: [{ ...manifest.models[0], recipe: { ...manifest.models[0]!.recipe, sources: [] } }] },
      ["models", 0, "recipe", "sources"],
    ],
  ])("%s", (_, changes, path) => {
    expect(PluginManifest.safeParse({ ...manifest, ...changes }).error?.issues.map((issue) => issue.path)).toEqual([
      path,
    ]);
  });
  test("a link that would run when clicked", () => {
    const papers = [{ ...manifest.papers[0], url: "javascript:alert(1)" }];
    expect(PluginManifest.safeParse({ ...manifest, papers }).success).toBe(false);
  });
});

describe("cost table", () => {
  test("good", () => expect(CostTable.parse(table)).toEqual(table));
  test.each([
    ["work of no kind", { work: [{ ...profile.work[0], kind: "magic" }] }, ["rows", 0, "work", 0, "kind"]],
    ["half a parameter", { parameters: 0.5 }, ["rows", 0, "parameters"]],
    ["a line of three terms", { flops: [1, 2, 3] }, ["rows", 0, "flops"]],
    ["a model without plugin", { model: "vit-small" }, ["rows", 0, "model"]],
  ])("%s", (_, changes, path) => {
    const { error } = CostTable.safeParse({ ...table, rows: [{ ...profile, ...changes }] });
    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});

test.each(["vit/vit-small", "a/b"])("model path %s", (path) => expect(ModelPath.parse(path)).toBe(path));
test.each(["vit", "vit/", "/vit", "vit/a/b", "../a/b", "Vit/a", "-/-", "a/-b"])("no model path: %s", (path) => {
  expect(ModelPath.safeParse(path).success).toBe(false);
});
