import {
  type Arrays,
  type HostTensor,
  initialState,
  makeStep,
  type PhotoSettings,
  type RunProgram,
} from "@epochmark/plugin-kit";
import { relativeError, runEagerly } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../config.ts";
import type { Photograph } from "../crop.ts";
import { model } from "../model.ts";
import { sinePositions } from "../position.ts";
import { video } from "./tracker.ts";

const { tiny } = model.configs;
const settings = (changes: PhotoSettings): PhotoSettings => ({
  ...Object.fromEntries(Object.entries(video.options!).map(([name, option]) => [name, option.default])),
  ...changes,
});

/** Grey noise-free frame with one bright rectangle. */
function frameWith(x: number, y: number, [width, height]: readonly [number, number] = [24, 16]): Photograph {
  const [wide, high] = [160, 120];
  const pixels = new Uint8Array(wide * high * 3).fill(40);
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++)
      pixels.fill(250, (row * wide + column) * 3, (row * wide + column) * 3 + 3);
  return { name: "frame", width: wide, height: high, pixels };
}

/** A network that finds the bright part of the search image exactly, as the heads would say it. */
const finding: RunProgram = async (_, inputs): Promise<Record<string, HostTensor>> => {
  if (inputs.template) return { memory: { shape: [1, 1, 1], data: new Float32Array(1) } };
  const { shape, data } = inputs.search!;
  const side = shape[2]!;
  const cells = cellsOf(side);
  let [count, left, right, top, bottom] = [0, side, 0, side, 0];
  for (let at = 0; at < side ** 2; at++)
    if (data[at]! > 1) {
      const [x, y] = [at % side, Math.floor(at / side)];
      [count, left, right] = [count + 1, Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    }
  const heatmap = new Float32Array(cells ** 2).fill(-20);
  const [offset, size] = [new Float32Array(2 * cells ** 2), new Float32Array(2 * cells ** 2).fill(0.1)];
  if (count > 0) {
    const [x, y] = [((left + right) / 2 / side) * cells, ((top + bottom) / 2 / side) * cells];
    const best = Math.floor(y) * cells + Math.floor(x);
    heatmap[best] = 4;
    offset.set([x % 1, y % 1], 2 * best);
    size.set([(right - left) / 255, (bottom - top) / 255], 2 * best);
  }
  const wrap = (values: Float32Array, width: number): HostTensor => ({ shape: [1, cells ** 2, width], data: values });
  return { pred_heatmap: wrap(heatmap, 1), pred_bbox_reg: wrap(offset, 2), pred_bbox_wh: wrap(size, 2) };
};

describe("the tracker", () => {
  const config = { ...tiny, template: 127 };
  const started = async (changes: PhotoSettings = {}) => {
    const tracker = video.track(config, finding, settings(changes));
    await tracker.start(frameWith(60, 50), { x: 60, y: 50, width: 24, height: 16 });
    return tracker;
  };

  it("follows the target through crop and back, within a pixel", async () => {
    const tracker = await started();
    for (const [x, y] of [
      [64, 52],
      [70, 55],
      [75, 60],
      [80, 61],
    ] as const) {
      const box = await tracker.next(frameWith(x, y));
      expect(Math.abs(box.x + box.width / 2 - (x + 12))).toBeLessThan(0.5);
      expect(Math.abs(box.y + box.height / 2 - (y + 8))).toBeLessThan(0.5);
      expect(Math.abs(box.width - 24)).toBeLessThan(1);
      expect(box.score).toBeCloseTo(0.982, 2);
    }
  });

  it("takes a new size by and by: smoothed by score and penalty", async () => {
    const tracker = await started();
    const first = await tracker.next(frameWith(60, 50, [36, 24]));
    expect(first.width).toBeGreaterThan(30);
    expect(first.width).toBeLessThan(34.5);
    let box = first;
    for (let k = 0; k < 6; k++) box = await tracker.next(frameWith(60, 50, [36, 24]));
    expect(Math.abs(box.width - 36)).toBeLessThan(1);
  });

  it("takes the benchmarks' settings: how much of a new size, and how much the window counts", async () => {
    const still = await started({ smoothing: [0] });
    expect(await still.next(frameWith(60, 50, [36, 24]))).toMatchObject({ width: 24, height: 16 });
    // Only the window counts: the middle of the search image, whatever is seen elsewhere, until it has no heat.
    const blind = await started({ window: [1] });
    expect((await blind.next(frameWith(70, 55))).score).toBeCloseTo(0.982, 2);
  });

  it("keeps the box, with score 0, where nothing is seen", async () => {
    const tracker = await started();
    const empty = { ...frameWith(0, 0), pixels: new Uint8Array(160 * 120 * 3).fill(40) };
    expect(await tracker.next(empty)).toEqual({ x: 60, y: 50, width: 24, height: 16, score: 0 });
  });
});

/** `finding` with an online part that answers nothing; `seen` takes the inputs of its programs. */
function hybrid(seen: Record<string, HostTensor>[]): RunProgram {
  return async (request, inputs) => {
    seen.push(inputs);
    const zeros = (...shape: number[]): HostTensor => ({
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b)),
    });
    const layers = (part: (layer: string) => [string, HostTensor][]) =>
      Object.fromEntries(["layer2", "layer3"].flatMap(part));
    if (inputs.crops) {
      const cells = Math.floor(cellsOf(inputs.crops.shape[2]!) / 2);
      return layers((layer) => [[layer, zeros(1, cells, cells, 1)]]);
    }
    if (request.phase === "online") {
      const [count, side] = inputs.labels!.shape as [number, number];
      return layers((layer) => [
        [`filter.${layer}`, zeros(1, 4, 4, 4)],
        [`projection.${layer}`, zeros(4, 1, 1, 1)],
        [`samples.${layer}`, zeros(count, side, side, 4)],
      ]);
    }
    const cells = inputs.search ? Math.floor(cellsOf(inputs.search.shape[2]!) / 2) : 0;
    return {
      ...(await finding(request, inputs)),
      ...(inputs.search &&
        layers((layer) => [
          [`response.${layer}`, zeros(cells, cells)],
          [`samples.${layer}`, zeros(1, cells, cells, 4)],
        ])),
    };
  };
}

describe("the tracker with the online part, of 3.2 crop pixels a frame pixel", () => {
  /** @param places where the target's left edge is, in each tracked frame */
  const started = async (places: readonly number[], online = 1) => {
    const seen: Record<string, HostTensor>[] = [];
    const asked = settings({ online: [online], filter: [0.2] });
    const tracker = video.track({ ...tiny, template: 127 }, hybrid(seen), asked);
    await tracker.start(frameWith(20, 50), { x: 20, y: 50, width: 24, height: 16 });
    const boxes = [];
    for (const x of places) boxes.push(await tracker.next(frameWith(x, 50)));
    const sides = seen.flatMap(({ search }) => (search ? [search.shape[2]] : []));
    return { boxes, sides, crops: seen.flatMap(({ crops }) => crops ?? []), seen };
  };

  it("after a leap in the first tracked frame searches further, its filter fitted to the first frame again", async () => {
    const { boxes, sides, crops, seen } = await started([42, 100, 104]);
    expect(sides).toEqual([255, 500, 500]);
    // Beyond a search of 255, which ends 40 frame pixels away.
    expect(boxes.map(({ x }) => Math.round(x))).toEqual([42, 100, 104]);
    expect(crops.map(({ shape }) => shape[2])).toEqual([...Array(6).fill(255), ...Array(6).fill(500)]);
    // What lies in the middle of the crops is where the first frame has the target.
    const [before, after] = [crops[0]!, crops[6]!].map(({ shape, data }) => {
      const side = shape[2]!;
      const row = data.subarray(Math.floor(side / 2) * side, (Math.floor(side / 2) + 1) * side);
      return [row.findIndex((value) => value > 1) - side / 2, row.findLastIndex((value) => value > 1) - side / 2];
    });
    expect(Math.abs(before![0]! - after![0]!)).toBeLessThanOrEqual(1);
    expect(Math.abs(before![1]! - after![1]!)).toBeLessThanOrEqual(1);
    const fits = seen.filter(({ labels, slots }) => labels && !slots);
    expect(fits.map(({ labels }) => labels!.shape)).toEqual([
      [6, 16, 16],
      [6, 31, 31],
    ]);
  });

  it.each([
    ["a smaller step", [38, 40], 1],
    ["a leap in a later frame", [38, 60, 62], 1],
    ["a leap without the online part", [42, 44], 0],
  ])("searches as before after %s", async (_, places, online) => {
    const { sides } = await started(places, online);
    expect(new Set(sides)).toEqual(new Set([255]));
  });
});

/** The tiny model itself, random weights, states kept as a session keeps them. */
function eager(seen: Record<string, HostTensor>[]): RunProgram {
  const states = new Map<string, Arrays>();
  return async ({ phase, part }, inputs, given = {}) => {
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, [...shape]]));
    const batch = Object.values(shapes)[0]![0]!;
    const step = makeStep(model, { phase, ...(part && { part }), size: "tiny", batch, shapes });
    const key = JSON.stringify([phase, part, shapes]);
    const state = states.get(key) ?? { ...initialState(step.state, 0), ...given };
    const arrays = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
    const result = await runEagerly(step, state, arrays);
    states.set(key, result.state);
    const outputs = Object.fromEntries(
      Object.entries(result.outputs).map(([name, data]) => [
        name,
        { shape: shapeOf(name, data.length), data: data as Float32Array },
      ]),
    );
    seen.push(outputs);
    return outputs;
  };
}
/** Cells between the highest response and the middle, along the axis where there are more. */
function distanceOfPeak(response: Float32Array): number {
  const side = Math.sqrt(response.length);
  const best = response.indexOf(response.reduce((a, b) => Math.max(a, b)));
  return Math.max(Math.abs((best % side) - side / 2), Math.abs(Math.floor(best / side) - side / 2));
}

const shapeOf = (name: string, length: number): number[] => {
  if (name.startsWith("filter.")) return [1, 4, 4, 4];
  if (name.startsWith("projection.")) return [4, length / 4, 1, 1];
  return name === "memory" ? [1, 16, tiny.dim] : [length];
};

it("at the frame's corner tells of its edges: codes that count cells of the frame, and with a mask which they are", async () => {
  const track = async (mask: number, [x, y]: readonly [number, number]) => {
    const seen: Record<string, HostTensor>[] = [];
    const given: Record<string, HostTensor>[] = [];
    const program = eager(seen);
    const run: RunProgram = (request, inputs, state) => {
      given.push(inputs);
      return program(request, inputs, state);
    };
    const tracker = video.track(tiny, run, settings({ mask: [mask], search: [63] }));
    await tracker.start(frameWith(x, y), { x, y, width: 24, height: 16 });
    await tracker.next(frameWith(x, y));
    return { heat: seen.at(-1)!.pred_heatmap!.data as Float32Array, given };
  };
  const [plain, masked] = [await track(0, [0, 0]), await track(1, [0, 0])];
  expect(plain.given.map((inputs) => Object.keys(inputs))).toEqual([
    ["template", "templatePositions"],
    ["memory", "templatePositions", "search", "searchPositions"],
  ]);
  // The frame begins 9.3 and 6.2 crop pixels before the crop's middle; its cells have sides of 7.9.
  const shown = masked.given[1]!.searchInside!.data;
  const edge = [0, 0, 0, 1, 1, 1, 1, 1];
  expect([Array.from(shown.subarray(32, 40)), edge.map((_, row) => shown[8 * row + 4])]).toEqual([edge, edge]);
  const code = masked.given[1]!.searchPositions!.data;
  expect(code.subarray(27 * tiny.dim, 28 * tiny.dim)).toEqual(sinePositions(5, 5, tiny.dim).subarray(0, tiny.dim));
  expect(masked.heat.every(Number.isFinite)).toBe(true);
  expect(masked.heat).not.toEqual(plain.heat);
  // Away from the frame's edges a mask hides nothing.
  const [inner, innerMasked] = [await track(0, [68, 52]), await track(1, [68, 52])];
  expect(relativeError(innerMasked.heat, inner.heat)).toBeLessThan(1e-5);
});

it("with the online part on layer2 alone, of 5 cells: a filter is fitted, answers at the target, is updated", async () => {
  const seen: Record<string, HostTensor>[] = [];
  const asked = settings({ online: [1], search: [95], memory: [4], layers: [1], cells: [5] });
  const tracker = video.track(tiny, eager(seen), asked);
  await tracker.start(frameWith(60, 50), { x: 60, y: 50, width: 24, height: 16 });
  for (let k = 0; k < 10; k++) await tracker.next(frameWith(60, 50));
  const learnt = seen.filter((outputs) => outputs.total || outputs.pred_heatmap).flatMap(Object.keys);
  expect(new Set(learnt.filter((name) => name.includes(".")))).toEqual(
    new Set(["filter.layer2", "projection.layer2", "samples.layer2", "response.layer2"]),
  );
  const updated = seen.filter((outputs) => outputs.total).map((outputs) => outputs["filter.layer2"]!.data);
  expect(updated.length).toBeGreaterThanOrEqual(2);
  expect(updated[1]).not.toEqual(updated[0]);
  const response = seen.find((outputs) => outputs["response.layer2"])!["response.layer2"]!.data as Float32Array;
  expect(response).toHaveLength(25);
  expect(distanceOfPeak(response)).toBeLessThanOrEqual(1);
});

it("with the online part: a filter fitted to the first frame answers at the target, and is updated", async () => {
  const seen: Record<string, HostTensor>[] = [];
  const tracker = video.track(tiny, eager(seen), settings({ online: [1], search: [95], memory: [4] }));
  await tracker.start(frameWith(60, 50), { x: 60, y: 50, width: 24, height: 16 });
  const fitted = seen.at(-1)!;
  expect(Object.keys(fitted)).toContain("projection.layer3");
  for (let k = 0; k < 11; k++) await tracker.next(frameWith(60, 50));
  const updates = seen.filter((outputs) => outputs.total && !outputs["projection.layer2"]);
  expect(updates.length).toBeGreaterThanOrEqual(1);
  // The first tracked frame shows what the first frame showed: the response is highest in the middle.
  const response = seen.find((outputs) => outputs["response.layer2"])!["response.layer2"]!.data as Float32Array;
  expect(distanceOfPeak(response)).toBeLessThanOrEqual(1);
});
