import { figures, findGpu } from "@epochmark/catalog";
import { costProfiles } from "@epochmark/catalog/costs";
import { type Case, type Linear, linearAt, type Precision } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { physicsOf } from "./physics.ts";
import { exampleCase, exampleLaunch, exampleRunFile } from "./testing.ts";
import { validateRunFile } from "./validate.ts";

const { gpu, host } = await exampleRunFile();
const on = (id: string) => ({ gpu: { ...gpu, id, name: findGpu(id)?.name ?? id }, host });
const fine = { impossible: null, odd: [] };

const batch = 16;
/** A case of a network of the cost table at a rate, with the table's own costs. */
const claim = (model: string, phase: Case["phase"], imagesPerSecond: number, precision: Precision = "fp32"): Case => {
  const profile = costProfiles.find((each) => each.model === model && each.phase === phase)!;
  const at = (line: Linear): number => linearAt(line, batch);
  const winograd = profile.work.filter(({ kind }) => kind === "conv3x3");
  const launches = [0, 1, 2, 3, 4].map((index) => exampleLaunch(index, (1000 * batch) / imagesPerSecond));
  return exampleCase({
    launches,
    precision,
    workload: { name: "explicit", batch, inputs: [] },
    cost: {
      flops: at(profile.flops),
      flopsExecuted: at(profile.flops),
      winogradFlops: winograd.reduce((sum, { flops }) => sum + at(flops), 0),
      compulsoryBytes: profile.stateBytes + at(profile.inputBytes),
      parameters: profile.parameters,
      stateBytes: profile.stateBytes,
      nodes: profile.nodes,
    },
  });
};

describe("published honest figures are never refused", () => {
  const published = figures.throughput.filter(({ gpu: id }) => findGpu(id) !== undefined);

  test.each(published.map((of) => [`${of.gpu} ${of.model} ${of.phase} ${of.precision}, ${of.source}`, of] as const))(
    "%s",
    (_, { gpu: id, gpus, model, phase, precision, imagesPerSecond }) => {
      expect(physicsOf(claim(model, phase, imagesPerSecond / gpus, precision), on(id))).toEqual(fine);
    },
  );

  test("all of the catalogue's, and VGG on a Titan X among them", () => {
    expect(published).toHaveLength(figures.throughput.length);
    const vgg = published.filter(({ gpu: id, model }) => id === "geforce-gtx-titan-x" && model.includes("vgg"));
    expect(vgg.map(({ model }) => model)).toEqual(expect.arrayContaining(["reference/vgg-16", "reference/vgg-19"]));
  });

  test("though VGG on a Titan X needs Winograd: without its allowance it would be", () => {
    const of = claim("reference/vgg-16", "train", 16 / 0.19278);
    const titan = on("geforce-gtx-titan-x");
    expect(physicsOf({ ...of, cost: { ...of.cost!, winogradFlops: 0 } }, titan).impossible).toMatch(/^7\.\d+ TFLOP/);
    expect(physicsOf({ ...of, cost: { ...of.cost!, winogradFlops: null } }, titan).impossible).toBeNull();
  });
});

/** Images a second at which ViT-B's inference takes so many TFLOP/s. */
const vit = "vit/vit-base-patch16-224";
const rateOf = (teraflops: number): number =>
  (teraflops * 1e12) / costProfiles.find(({ model, phase }) => model === vit && phase === "infer")!.flops[1];
const verdictAt = (id: string, precision: Precision, teraflops: number): string => {
  const { impossible, odd } = physicsOf(claim(vit, "infer", rateOf(teraflops), precision), on(id));
  return impossible === null ? (odd.length > 0 ? "odd" : "fine") : "impossible";
};

test("a rate over the peak is refused with both figures, one under it by the allowance is not", () => {
  expect(verdictAt("geforce-gtx-1080-ti", "fp32", 1.03 * 11.34)).toBe("fine");
  const over = physicsOf(claim(vit, "infer", rateOf(1.08 * 11.34)), on("geforce-gtx-1080-ti"));
  expect(over.impossible).toMatch(
    /^12\.\d TFLOP\/s in fp32 are more than the 11\.3 TFLOP\/s of the GeForce GTX 1080 Ti$/,
  );
});

test.each<[string, Precision, teraflops: number, expected: string]>([
  // Matrix units in TF32; a card without them computes in fp32.
  ["a100-sxm4-40gb", "tf32", 150, "fine"],
  ["a100-sxm4-40gb", "tf32", 170, "impossible"],
  ["a100-sxm4-40gb", "fp32", 25, "impossible"],
  ["geforce-gtx-1080-ti", "tf32", 11, "fine"],
  ["geforce-gtx-1080-ti", "tf32", 13, "impossible"],
  // Matrix units in FP16, twice as fast on GeForce where sums are kept in FP16; vector units where there are none.
  ["a100-sxm4-40gb", "fp16", 300, "fine"],
  ["a100-sxm4-40gb", "fp16", 340, "impossible"],
  ["geforce-rtx-3090", "fp16", 70, "fine"],
  ["geforce-rtx-3090", "fp16", 100, "odd"],
  ["geforce-rtx-3090", "fp16", 155, "impossible"],
  ["radeon-vii", "fp16", 25, "fine"],
  ["radeon-vii", "fp16", 30, "impossible"],
  ["geforce-gtx-1080-ti", "fp16", 13, "impossible"],
  // Nobody says what it computes in fp32, and nobody knows this card.
  ["b200", "fp32", 100, "fine"],
  ["b200", "fp32", 400, "impossible"],
  ["geforce-of-tomorrow", "fp32", 150, "fine"],
  ["geforce-of-tomorrow", "fp32", 400, "impossible"],
])("%s in %s at %d TFLOP/s is %s", (id, precision, teraflops, expected) =>
  expect(verdictAt(id, precision, teraflops)).toBe(expected),
);

test("a processor is held against its threads", () => {
  const { engine } = exampleCase();
  const cpu = { ...gpu, id: "cpu-test", name: "Test CPU", kind: "cpu" as const };
  const at = (teraflops: number, threads: number | null, name = "Test CPU", arch = "x64") => {
    const of = claim(vit, "infer", rateOf(teraflops));
    const where = { gpu: { ...cpu, name }, host: { ...host, arch, cpu: { ...host.cpu, threads: 8 } } };
    return physicsOf({ ...of, engine: { ...engine, device: "cpu", threads } }, where).impossible;
  };
  expect(at(0.7, 2)).toBeNull();
  expect(at(0.9, 2)).toBe("0.899 TFLOP/s in fp32 are more than the 0.800 TFLOP/s of 2 threads of a processor");
  expect(at(3, null)).toBeNull();
  expect(at(3.5, null)).toMatch(/of 8 threads/);
  expect(at(3.5, 2, "Apple M2", "arm64")).toBeNull();
});

test("the faster of median and wall time is what a record claims", () => {
  const honest = claim("reference/resnet-50", "train", 200);
  const summary = { ...honest.summary!, imagesPerSecond: { median: 20_000, low: null, high: null } };
  expect(physicsOf(honest, on("geforce-gtx-1080-ti"))).toEqual(fine);
  expect(physicsOf({ ...honest, summary }, on("geforce-gtx-1080-ti")).impossible).toMatch(/TFLOP/);
});

test("what only larger tiles, or caches, explain is odd", () => {
  const titan = on("geforce-gtx-titan-x");
  expect(physicsOf(claim("reference/vgg-16", "train", 150), titan)).toEqual({
    impossible: null,
    odd: [expect.stringMatching(/^only larger Winograd tiles than 2×2 explain 13\.\d TFLOP\/s$/)],
  });
  const slow = claim("vit/vit-small-patch16-224", "infer", 100);
  const bytes = { ...slow, cost: { ...slow.cost!, compulsoryBytes: 1e11 } };
  expect(physicsOf(bytes, titan)).toEqual({
    impossible: null,
    odd: [expect.stringMatching(/^6\d\d GB\/s of state and inputs are more than the memory's 336\.\d GB\/s$/)],
  });
});

test("energy that no board takes is odd", () => {
  const of = claim(vit, "infer", 100);
  const [first] = of.launches;
  const withWatts = (watts: number) => {
    const power = {
      known: true as const,
      method: "tool",
      energyJ: (watts * first!.wallMs) / 1000,
      samples: 90,
      idleW: 9,
    };
    const launches = of.launches.with(0, { ...first!, conditions: { ...first!.conditions, power } });
    return physicsOf({ ...of, launches }, on("geforce-rtx-3090")).odd;
  };
  expect(withWatts(380)).toEqual([]);
  expect(withWatts(900)).toEqual(["900 W on average are far more than the board's 350 W"]);
});

test("a case without figures has no bound", () => {
  expect(physicsOf({ ...claim(vit, "infer", 1e6), summary: null }, on("geforce-gtx-titan-x"))).toEqual(fine);
});

test("validation refuses the impossible and warns of the odd", async () => {
  const file = await exampleRunFile({ cases: [claim(vit, "infer", 5000)] });
  const { problems } = await validateRunFile(file);
  expect(problems.map(({ path }) => path)).toContain("cases[0].summary");
  const fast = claim(vit, "infer", rateOf(100), "fp16");
  const { warnings } = await validateRunFile(await exampleRunFile({ cases: [fast] }));
  expect(warnings.map(({ path }) => path)).toContain("cases[0].summary");
});
