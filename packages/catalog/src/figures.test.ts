import { expect, test } from "vitest";
import { costProfiles } from "./costs.ts";
import { figures } from "./figures.ts";
import { findGpu } from "./gpus.ts";
import { models } from "./models.ts";

const { sources, throughput, trainings, statements, activations } = figures;

test(`every figure is of a GPU, a model and a source that are known: ${throughput.length} of ${sources.length} sources`, () => {
  const known = new Set(costProfiles.map(({ model, phase }) => `${model} ${phase}`));
  const ids = new Set(sources.map(({ id }) => id));
  const odd = throughput.filter(
    ({ gpu, model, phase, source }) => !findGpu(gpu) || !known.has(`${model} ${phase}`) || !ids.has(source),
  );
  expect(odd).toEqual([]);
});

test("a source is used and no figure is entered twice", () => {
  const keys = throughput.map((figure) => JSON.stringify({ ...figure, imagesPerSecond: null }));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  expect(sources.filter(({ id }) => !throughput.some(({ source }) => source === id))).toEqual([]);
});

test("TF32 is given only of GPUs that have it", () => {
  expect(throughput.filter(({ gpu, precision }) => precision === "tf32" && !findGpu(gpu)?.tf32Tflops)).toEqual([]);
});

test("no figure asks for more than the GPU can compute: 2.25 times its peak with Winograd's convolutions", () => {
  const odd = throughput.filter(({ gpu, gpus, model, phase, precision, imagesPerSecond }) => {
    const { fp32Tflops, tf32Tflops, tensorTflops, fp16Tflops } = findGpu(gpu)!;
    const rates = { fp32: fp32Tflops, tf32: tf32Tflops, fp16: tensorTflops ?? fp16Tflops ?? fp32Tflops };
    const { flops } = costProfiles.find((each) => each.model === model && each.phase === phase)!;
    return (flops[1] * imagesPerSecond) / gpus > 2.25e12 * (rates[precision]?.value ?? Infinity);
  });
  expect(odd).toEqual([]);
});

test("the article's reports are there: trainings with hours, statements without", () => {
  expect(trainings.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["deblurgan-titan-x", "deblurgan-540x", "trtr-3090", "trtr-quadro", "deit-b-v100"]),
  );
  expect(statements.map(({ gpu }) => gpu)).toContain("geforce-gtx-1050-ti");
  expect(trainings.filter(({ gpu }) => !findGpu(gpu))).toEqual([]);
  expect(activations.filter(({ model }) => !models.some(({ id }) => id === model))).toEqual([]);
});

test("every model that is trained has its recipe or says that there is none", () => {
  expect(models.filter(({ phases, recipe }) => phases.includes("train") && recipe === undefined)).toEqual([]);
  expect(models.find(({ id }) => id === "deblur/deblurgan")?.recipe).toMatchObject({ epochs: 300, reportedHours: 144 });
});
