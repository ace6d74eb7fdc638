import { type Arrays, initialState, makeStep, Random, tf } from "@epochmark/plugin-kit";
import { relativeError, runEagerly, useCpu } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { firstFrame, model } from "../model.ts";
import { adaptiveAverage, onlineCells, onlineFeatures } from "./features.ts";
import { gaussianLabel } from "./label.ts";

const { tiny } = model.configs;
const batch = 3;

async function run(which: typeof model, calls: number) {
  const step = makeStep(which, { phase: "online", size: "tiny", batch });
  let state = initialState(step.state, 0);
  const request = { phase: "online", batch, random: new Random(1), source: "synthetic" } as const;
  const inputs = await which.makeBatch(which.configs.tiny, request);
  const outputs: Arrays[] = [];
  for (let k = 0; k < calls; k++) {
    const result = await runEagerly(step, state, inputs);
    state = result.state;
    outputs.push(result.outputs);
  }
  return { step, state, inputs, outputs, totals: outputs.map(({ total }) => total![0]!) };
}

describe("the periodic update", () => {
  it("keeps filter, samples and labels in its state, apart from the network's, and lets the loss fall", async () => {
    const { step, state, inputs, outputs, totals } = await run(model, 4);
    expect(step.state.map(({ name, shape }) => [name, shape])).toEqual([
      ["online.layer2.filter", [1, 4, 4, 4]],
      ["online.layer2.samples", [6, 4, 4, 4]],
      ["online.layer3.filter", [1, 4, 4, 4]],
      ["online.layer3.samples", [6, 4, 4, 4]],
      ["online.labels", [6, 4, 4]],
    ]);
    expect([...totals].toSorted((a, b) => b - a)).toEqual(totals);
    expect(outputs.at(-1)!["filter.layer3"]).toEqual(state["online.layer3.filter"]);
    // The three new samples took the first three places; nothing was in the others.
    expect(state["online.layer2.samples"]!.subarray(0, inputs.layer2!.length)).toEqual(inputs.layer2);
    expect(state["online.layer2.samples"]!.subarray(inputs.layer2!.length).every((value) => value === 0)).toBe(true);
  });

  it("leaves train and inference without online state", () => {
    for (const phase of ["train", "infer"] as const) {
      const { state } = makeStep(model, { phase, size: "tiny", batch });
      expect(state.filter(({ name }) => name.includes("online."))).toEqual([]);
    }
  });
});

it("the first frame's fit learns filter and projection, and gives the projected samples", async () => {
  const { step, outputs, totals, state, inputs } = await run(firstFrame, 3);
  expect(step.state.every(({ kind }) => kind === "parameter")).toBe(true);
  expect(totals[1]).toBeLessThan(totals[0]!);
  expect(totals[2]).toBeLessThan(totals[1]!);
  const projection = state["online.layer2.projection"]!;
  const expected = Array.from({ length: 4 }, (_, c) =>
    Array.from(inputs.layer2!.subarray(0, 32)).reduce((sum, value, k) => sum + value * projection[c * 32 + k]!, 0),
  );
  expect(relativeError(outputs[2]!["samples.layer2"]!.subarray(0, 4), expected)).toBeLessThan(1e-5);
});

describe("a tracked frame with the online part", () => {
  const images = (side: number) => [1, 3, side, side];
  const { state: specs } = makeStep(model, { phase: "train", size: "tiny", batch: 1 });
  const fresh = initialState(specs, 0);
  const infer = (shapes: Record<string, number[]>, inputs: Arrays) =>
    runEagerly(makeStep(model, { phase: "infer", size: "tiny", batch: 1, shapes }), fresh, inputs);
  const random = new Random(5);
  const search = random.normals(3 * 63 ** 2);
  const memory = random.normals(16 * tiny.dim);
  const learnt = {
    "projection.layer2": random.normals(4 * 32),
    "filter.layer2": random.normals(64),
    "projection.layer3": random.normals(4 * 64),
    "filter.layer3": random.normals(64),
  };
  const shapes = {
    memory: [1, 16, tiny.dim],
    search: images(63),
    "projection.layer2": [4, 32, 1, 1],
    "filter.layer2": [1, 4, 4, 4],
    "projection.layer3": [4, 64, 1, 1],
    "filter.layer3": [1, 4, 4, 4],
  };

  it("predicts what it predicts without, and projects the features that the crops give", async () => {
    const plain = await infer({ memory: shapes.memory, search: images(63) }, { memory, search });
    const hybrid = await infer(shapes, { memory, search, ...learnt });
    expect(hybrid.outputs).toMatchObject(plain.outputs);
    const { outputs: features } = await infer({ crops: images(63) }, { crops: search });
    expect([features.layer2!.length, features.layer3!.length]).toEqual([4 * 4 * 32, 4 * 4 * 64]);
    const projected = Float32Array.from({ length: 4 * 4 * 4 }, (_, at) => {
      const [cell, c] = [Math.floor(at / 4), at % 4];
      const inputs = Array.from(features.layer2!.subarray(cell * 32, (cell + 1) * 32));
      return inputs.reduce((sum, value, k) => sum + value * learnt["projection.layer2"][c * 32 + k]!, 0);
    });
    expect(relativeError(hybrid.outputs["samples.layer2"]!, projected)).toBeLessThan(1e-5);
    expect(hybrid.outputs["response.layer3"]).toHaveLength(16);
    expect(Math.min(...hybrid.outputs["response.layer3"]!)).toBeGreaterThan(-0.0501);
  });
});

it.each([
  [6, 3, false],
  [7, 3, false],
  [7, 3, true],
  [7, 4, true],
  [8, 3, true],
  [3, 5, true],
])("features of a side of %i are the adaptive average to %i, of root mean square 1", async (side, cells, byMatrix) => {
  await useCpu();
  const map = new Random(1).normals(side ** 2 * 2);
  const average = byMatrix ? tf.tensor(adaptiveAverage(side, cells), [cells, side]) : undefined;
  const found = onlineFeatures(tf.tensor(map, [1, side, side, 2]), average).dataSync();
  const means = Array.from({ length: cells ** 2 * 2 }, (_, at) => {
    const [row, column, c] = [Math.floor(at / 2 / cells), Math.floor(at / 2) % cells, at % 2];
    const span = (cell: number) => [Math.floor((cell * side) / cells), Math.ceil(((cell + 1) * side) / cells)] as const;
    const values: number[] = [];
    for (let y = span(row)[0]; y < span(row)[1]; y++)
      for (let x = span(column)[0]; x < span(column)[1]; x++) values.push(map[(y * side + x) * 2 + c]!);
    return values.reduce((a, b) => a + b) / values.length;
  });
  const rms = Math.sqrt(means.reduce((sum, value) => sum + value ** 2, 0) / means.length);
  expect(
    relativeError(
      found,
      means.map((value) => value / rms),
    ),
  ).toBeLessThan(1e-5);
});

it("looks at half of the heatmap's cells, 20 at the official VOT2019 search of 320, or at as many as it is told", () => {
  const sideAt = (search: number, cells: number | null = null) =>
    onlineCells({ ...model.configs.full, search, online: { ...model.configs.full.online, cells } });
  expect([sideAt(280), sideAt(320), sideAt(500), sideAt(500, 20)]).toEqual([17, 20, 31, 20]);
});

it("averages 63 cells, as of a search of 500, to 20: windows of four or five cells, the ends included", () => {
  const matrix = adaptiveAverage(63, 20);
  const rows = Array.from({ length: 20 }, (_, cell) => matrix.subarray(cell * 63, (cell + 1) * 63));
  const windows = rows.map((row) => row.filter((value) => value > 0));
  expect(rows[0]!.findLastIndex((value) => value > 0)).toBe(3);
  expect([rows[19]![58], rows[19]![59], rows[19]![62]]).toEqual([0, 0.25, 0.25]);
  expect(new Set(windows.map(({ length }) => length))).toEqual(new Set([4, 5]));
  for (const window of windows) expect(window.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
});

it("labels are 1 at their centre and fall by the Gaussian", () => {
  const label = gaussianLabel(5, [2, 1], 2);
  expect(label[5 + 2]).toBe(1);
  expect(label[5 + 4]).toBeCloseTo(Math.exp(-0.5), 6);
  expect(label[3 * 5 + 2]).toBeCloseTo(Math.exp(-0.5), 6);
});
