import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "@epochmark/plugin-kit/checkpoints";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeInput, makeWeight } from "./rule.ts";
import { runGolden } from "./run.ts";

const plugins = [fileURLToPath(new URL("./line.fixture.ts", import.meta.url))];
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "golden-"))));
afterAll(() => rm(folder, { recursive: true }));

const sample = (values: number[]) => ({
  l2: Math.hypot(...values),
  indices: values.map((_, i) => i),
  values,
});

/** The golden file of the fixture's line, worked out here in float64: two steps of gradient descent. */
function lineGolden() {
  const seed = 7;
  const learningRate = 0.5;
  const weights = [
    ["weight", [2, 3], "matrix", true],
    ["bias", [2], "bias", true],
    ["mean", [3], "running-mean", false],
  ] as const;
  const inputs = [["x", [4, 3], "image"]] as const;
  const batch = [
    ["batch.x", [4, 3], "image"],
    ["batch.target", [4, 2], "unit"],
  ] as const;
  const [W, b, mean] = weights.map(([name, shape, kind]) => [...makeWeight(seed, name, shape, kind)]);
  const input = ([name, shape, rule]: (typeof inputs | typeof batch)[number]) => [
    ...makeInput(seed, [name, [...shape], rule]),
  ];
  const forward = (x: number[]) =>
    Array.from({ length: 8 }, (_, i) => {
      const [n, row] = [Math.floor(i / 2), i % 2];
      return b![row]! + [0, 1, 2].reduce((sum, k) => sum + x[n * 3 + k]! * W![row * 3 + k]!, 0);
    });
  const logits = forward(input(inputs[0]));
  const fresh = { W: [...W!], b: [...b!] };
  const [x, target] = [input(batch[0]), input(batch[1])];
  const seenMean = [0, 1, 2].map((k) => 0.9 * mean![k]! + 0.1 * ((x[k]! + x[3 + k]! + x[6 + k]! + x[9 + k]!) / 4));
  const steps = [1, 2].map(() => {
    const difference = forward(x).map((y, i) => y - target[i]!);
    const slope = difference.map((d) => d / 4);
    const gW = W!.map((_, i) => {
      const [row, k] = [Math.floor(i / 3), i % 3];
      return [0, 1, 2, 3].reduce((sum, n) => sum + slope[n * 2 + row]! * x[n * 3 + k]!, 0);
    });
    const gb = b!.map((_, row) => [0, 1, 2, 3].reduce((sum, n) => sum + slope[n * 2 + row]!, 0));
    for (const [i, g] of gW.entries()) W![i]! -= learningRate * g;
    for (const [i, g] of gb.entries()) b![i]! -= learningRate * g;
    return { loss: difference.reduce((sum, d) => sum + d * d, 0) / 8, gW, gb, norm: Math.hypot(...gW, ...gb) };
  });
  const first = steps[0]!;
  const changed = (now: number[], before: number[]) => ({
    ...sample(now),
    changeL2: Math.hypot(...now.map((value, i) => value - before[i]!)),
  });
  return {
    format: 1,
    model: "line",
    build: { plugin: "fixture", model: "line" } as { plugin: string; model: string; overrides?: object },
    seed,
    weights: weights as readonly (readonly [string, readonly number[], string, boolean])[],
    inputs,
    eval: {
      outputs: { y: { shape: [4, 2], mean: logits.reduce((sum, y) => sum + y, 0) / 8, std: 1, ...sample(logits) } },
    },
    train: {
      batch,
      losses: { total: first.loss },
      gradientNorm: first.norm,
      zeroGradients: [] as string[],
      gradients: { weight: sample(first.gW), bias: sample(first.gb) },
      optimizer: { name: "SGD", learningRate, steps: 2 },
      lossesBySteps: steps.map(({ loss }) => loss),
      gradientNormsBySteps: steps.map(({ norm }) => norm),
      parametersAfterSteps: { weight: changed(W!, fresh.W), bias: changed(b!, fresh.b) },
      buffersAfterFirstStep: { mean: sample(seenMean) },
    },
    float32Error: { outputs: 1e-7, outputsCentred: 1e-7, gradientsAllTogether: 1e-7 },
  };
}

async function write(name: string, content: unknown): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(content));
  return file;
}

it("passes a file that says what the model computes, and shows every quantity", async () => {
  const report = await runGolden(await write("line", lineGolden()), { plugins, dump: join(folder, "dump") });
  expect(report.checks.filter(({ status }) => status !== "pass")).toEqual([]);
  expect(report).toMatchObject({ file: "line.json", model: "fixture/line", engine: "onnxruntime", passed: true });
  expect(report.checks.map(({ name }) => name)).toEqual([
    "outputs/y",
    "outputs/y (mean taken out)",
    "losses/total",
    "gradients/weight",
    "gradients/bias",
    "gradients (all together)",
    "gradientNorm (all together)",
    "steps/0/total",
    "steps/1/total",
    "steps/0/gradientNorm",
    "steps/1/gradientNorm",
    "buffersAfterFirstStep/mean",
    "after/weight",
    "after/bias",
  ]);
  const { tensors } = await readSafetensors(report.dump!);
  expect(report.dump).toBe(join(folder, "dump", "line.safetensors"));
  expect(Object.keys(tensors).toSorted()).toEqual([
    "after/bias",
    "after/mean",
    "after/weight",
    "eval/y",
    "gradients/bias",
    "gradients/weight",
    "losses/total",
    "steps/0/total",
    "steps/1/total",
  ]);
  expect(tensors["after/weight"]).toMatchObject({ shape: [2, 3], dtype: "F32" });
  expect(tensors["steps/1/total"]!.data[0]).toBeCloseTo(lineGolden().train.lossesBySteps[1]!, 6);
});

it("runs the eager engine too", async () => {
  const file = await write("eager", lineGolden());
  expect(await runGolden(file, { plugins, engine: "tfjs-cpu" })).toMatchObject({ engine: "tfjs-cpu", passed: true });
});

describe("fails on", () => {
  type Golden = ReturnType<typeof lineGolden>;
  const cases: [string, string, (golden: Golden) => void][] = [
    ["an output", "outputs/y", ({ eval: { outputs } }) => void (outputs.y.values[3]! += 1e-4)],
    ["a loss", "losses/total", ({ train }) => void (train.losses.total *= 1.0001)],
    ["a gradient", "gradients/weight", ({ train }) => void (train.gradients.weight.values[0]! *= 1.1)],
    ["a gradient's length", "gradients/bias", ({ train }) => void (train.gradients.bias.l2 *= 1.1)],
    ["a later loss", "steps/1/total", ({ train }) => void (train.lossesBySteps[1]! *= 1.001)],
    ["a later norm", "steps/1/gradientNorm", ({ train }) => void (train.gradientNormsBySteps[1]! *= 1.001)],
    ["a buffer", "buffersAfterFirstStep/mean", ({ train }) => void (train.buffersAfterFirstStep.mean.l2 *= 1.001)],
    ["a parameter", "after/weight", ({ train }) => void (train.parametersAfterSteps.weight.changeL2 *= 1.1)],
  ];
  it.each(cases)("%s that differs", async (_, name, spoil) => {
    const golden = lineGolden();
    spoil(golden);
    const report = await runGolden(await write("spoilt", golden), { plugins });
    expect(report.passed).toBe(false);
    expect(report.checks.filter(({ status }) => status === "fail").map((check) => check.name)).toContain(name);
  });

  it("an output that the model does not have", async () => {
    const golden = lineGolden();
    const outputs = { ...golden.eval.outputs, z: golden.eval.outputs.y };
    const report = await runGolden(await write("more", { ...golden, eval: { outputs } }), { plugins });
    expect(report.checks.find(({ name }) => name === "outputs/z")).toMatchObject({
      status: "fail",
      note: "the model has no such output",
    });
  });
});

it("leaves gradients that are zero in exact arithmetic out everywhere", async () => {
  const golden = lineGolden();
  golden.train.zeroGradients.push("bias");
  golden.train.gradients.bias.l2 = 99;
  golden.train.parametersAfterSteps.bias.changeL2 = 99;
  const weightOnly = golden.train.gradients.weight.l2;
  golden.train.gradientNorm = weightOnly;
  golden.train.gradientNormsBySteps = [weightOnly];
  expect(await runGolden(await write("zero", golden), { plugins })).toMatchObject({ passed: true });
});

describe("refuses in one line", () => {
  const line = lineGolden();
  const rows = line.weights;
  it.each([
    ["no golden file", { format: 2 }, /golden file: format/],
    ["an unknown model", { ...line, build: { plugin: "fixture", model: "lime" } }, /unknown model.*fixture\/line/],
    [
      "a missing weight",
      { ...line, weights: rows.slice(0, 2) },
      /weights do not fit fixture\/line: mean is not in the file/,
    ],
    [
      "a weight too many",
      { ...line, weights: [...rows, ["odd", [1], "bias", true]] },
      /odd is not declared by the model/,
    ],
    [
      "another shape",
      { ...line, build: { ...line.build, overrides: { rows: 5 } } },
      /weight is \[2,3\] in the file, \[5,3\]/,
    ],
    ["a missing input", { ...line, inputs: [["other", [4, 3], "image"]] }, /takes an input "x"/],
    ["an input of another shape", { ...line, inputs: [["x", [4, 2], "image"]] }, /"x" has 8 elements.*\[4,3\]/],
    ["a huge tensor", { ...line, inputs: [["x", [1e9, 1e9], "image"]] }, /at most 2\^28 elements/],
  ])("%s", async (_, content, message) => {
    const refusal = runGolden(await write("refused", content), { plugins });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toMatchObject({ name: "UsageError", message: expect.not.stringContaining("\n") });
  });

  it("a file that is not there, or not JSON, or an engine that is not there", async () => {
    await expect(runGolden(join(folder, "none.json"))).rejects.toThrow(/none.json: cannot be read \(ENOENT\)/);
    await writeFile(join(folder, "text.json"), "hello");
    await expect(runGolden(join(folder, "text.json"))).rejects.toThrow(/is not JSON/);
    const file = await write("engine", lineGolden());
    await expect(runGolden(file, { plugins, engine: "tensorflow" })).rejects.toThrow(/unknown engine "tensorflow"/);
    expect(await readdir(folder)).not.toContain("none.safetensors");
  });
});
