import { useSoftwareGpu } from "@epochmark/engines/testing";
import { describe, expect, test } from "vitest";
import { probeEngines } from "../src/child/probe-engines.ts";
import { largestOfObjective } from "../src/golden/compare.ts";
import { type Asked, type Told, lossesOn } from "./losses.ts";

/** Largest difference of a loss, relative to the largest one of its objective. */
const tolerance = 1e-4;

/** Tiny sizes of every family, as small as they can be built: a GPU made of software computes them too. */
const programs: Record<string, Pick<Asked, "model" | "batch" | "build" | "seed">> = {
  ViT: { model: "vit-tiny-patch16-224", batch: 2, build: {} },
  DeepViT: { model: "deepvit-s", batch: 2, build: {} },
  // With seed 1 rounding takes a leaky ReLU of the second step over its kink, which the gradient penalty makes much of.
  "DeblurGAN with its gradient penalty": { model: "deblurgan", batch: 1, build: {}, seed: 2 },
  "DeblurGAN-v2": { model: "deblurgan-v2-mobilenet", batch: 1, build: {} },
  "DeepLens: lens blur": { model: "deeplens", batch: 1, build: { part: "lensblur" } },
  "DeepLens: guided upsampling": { model: "deeplens", batch: 1, build: { part: "sr" } },
  "DeepLens: the pyramid": { model: "deeplens", batch: 1, build: {} },
  "DeepLens: depth": { model: "deeplens-depth", batch: 2, build: {} },
  TrTr: { model: "trtr", batch: 2, build: {} },
};

/** The eager reference, and those that must come to the same; all of them in CI, elsewhere those that are there. */
const reference = { engine: "tfjs-cpu", device: "cpu" };
const everywhere = [
  { engine: "onnxruntime", device: "cpu" },
  { engine: "tfjs-node", device: "cpu" },
  { engine: "onnxruntime", device: "webgpu" },
];
const nvidia = { engine: "onnxruntime", device: "cuda:0" };

await useSoftwareGpu();
const usable = new Set(
  (await probeEngines()).flatMap(({ id, devices }) =>
    devices.filter((device) => device.usable).map((device) => `${id} ${device.id}`),
  ),
);
const isUsable = ({ engine, device }: typeof nvidia): boolean => usable.has(`${engine} ${device}`);
const present = [...everywhere.filter((place) => isUsable(place) || process.env["CI"]), ...[nvidia].filter(isUsable)];

test("there is something to compare", () => {
  expect(present).toContainEqual(everywhere[0]);
});

describe.each(Object.entries(programs))("%s", (_, program) => {
  // Steps as small as the papers' own: large ones of Adam would make rounding large, which is no engine's fault.
  const asked = { ...program, learningRate: 1e-4, steps: 5 };
  const expected = lossesOn({ ...asked, ...reference });
  const found = present.map((place) => ({ ...place, told: lossesOn({ ...asked, ...place }) }));
  for (const { told } of [{ told: expected }, ...found]) told.catch(() => {});

  test.each(found)("five steps on $engine $device", { timeout: 900_000 }, async ({ device, told }) => {
    const { losses, placement, strays } = await told;
    const error = largestError(losses, (await expected).losses);
    const nodes = Object.entries(placement).map(([provider, count]) => `, ${count} nodes on ${provider}`);
    console.log(`${program.model} ${program.build.part ?? ""}: ${error.toExponential(1)} off${nodes.join("")}`);
    expect(error).toBeLessThan(tolerance);
    if (device === "cpu") return;
    expect(strays).toEqual({});
    expect(Object.keys(placement)).toEqual([device === "webgpu" ? "WebGpuExecutionProvider" : "CUDAExecutionProvider"]);
  });
});

function largestError(found: Told["losses"], expected: Told["losses"]): number {
  expect(found.map((terms) => Object.keys(terms))).toEqual(expected.map((terms) => Object.keys(terms)));
  const errors = expected.flatMap((terms, step) => {
    const all = Object.entries(terms);
    return all.map(([term, value]) => Math.abs(found[step]![term]! - value) / largestOfObjective(term, all));
  });
  return Math.max(...errors);
}
