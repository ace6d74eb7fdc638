import { Random } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { changed, changes, dropChannels, dropped } from "./augment.ts";
import { searchAfter } from "./leap.ts";
import { Memory } from "./memory.ts";
import { peaks, responseAtCells } from "./response.ts";

describe("the response at the heatmap's cells", () => {
  it("is the wave through its values, windowed", () => {
    const [side, cells] = [5, 10];
    const wave = (x: number, y: number) => 1 + Math.cos((2 * Math.PI * x) / side) + Math.sin((4 * Math.PI * y) / side);
    const response = Float32Array.from({ length: 25 }, (_, at) => wave(at % 5, Math.floor(at / 5)));
    const found = responseAtCells(response, side, cells);
    const window = (cell: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (cell + 0.5)) / cells);
    for (const [row, column] of [
      [0, 0],
      [3, 7],
      [9, 4],
    ] as const) {
      const expected = wave((column + 0.5) / 2, (row + 0.5) / 2) * window(row) * window(column);
      expect(found[row * cells + column]).toBeCloseTo(expected, 5);
    }
  });

  it("has a second peak only away from the first", () => {
    const response = new Float32Array(36);
    response[14] = 1;
    response[15] = 0.9;
    response[35] = 0.5;
    const [first, second] = peaks(response, 6, [1, 1]);
    expect([first.at, second]).toEqual([[2, 2], { at: [5, 5], value: 0.5 }]);
  });
});

describe("the search image", () => {
  it("grows to 500 pixels when the target moved more than half of the template's side", () => {
    expect([searchAfter(280, [63.5, 0]), searchAfter(280, [0, -63.6])]).toEqual([280, 500]);
    expect([searchAfter(280, [45, 44]), searchAfter(280, [-45, 45])]).toEqual([280, 500]);
    expect(searchAfter(511, [100, 0])).toBe(511);
  });
});

describe("the memory", () => {
  it("fills up, then replaces what counts least; the first frame's samples stay and count a quarter", () => {
    const memory = new Memory(5, 2);
    expect([memory.take(0.1), memory.take(0.2), memory.take(0.1)]).toEqual([2, 3, 4]);
    expect(memory.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(memory.take(0.1)).toBe(2);
    for (let k = 0; k < 50; k++) expect(memory.take(0.6)).toBeGreaterThanOrEqual(2);
    expect(memory.weights[0]! + memory.weights[1]!).toBeCloseTo(0.25, 5);
    expect(memory.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });
});

describe("the first frame's samples", () => {
  const side = 16;
  const image = new Float32Array(3 * (2 * side) ** 2);
  // One bright pixel, 4 right of and 2 below the middle.
  for (let channel = 0; channel < 3; channel++) image[channel * 1024 + 18 * 32 + 20] = 1;
  const brightest = (values: Float32Array) => {
    const best = values.subarray(0, side ** 2).reduce((top, value, at) => (value > values[top]! ? at : top), 0);
    return [best % side, Math.floor(best / side)];
  };

  it("are the official 23 and 7 more", () => expect(changes.length + dropped.copies).toBe(30));

  it("show the middle as it is, shifted, flipped or turned", () => {
    expect(brightest(changed(image, side, changes[0]!))).toEqual([12, 10]);
    expect(brightest(changed(image, side, { kind: "shift", by: [-0.5, -0.5] }))).toEqual([8, 6]);
    expect(brightest(changed(image, side, { kind: "flip" }))).toEqual([3, 10]);
    expect(brightest(changed(image, side, { kind: "turn", degrees: 90 }))).toEqual([10, 3]);
  });

  it("blurred keep their sum", () => {
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);
    const blurred = changed(image, side, { kind: "blur", sigma: [1, 1] });
    expect(sum(blurred)).toBeCloseTo(sum(changed(image, side, changes[0]!)), 2);
    expect(Math.max(...blurred)).toBeLessThan(0.3);
  });

  it("lose whole channels of features, a fifth of them, the mean kept", () => {
    const found = dropChannels(new Float32Array(4000).fill(1), 1000, new Random(1));
    const kept = found.subarray(0, 1000).filter((value) => value !== 0);
    expect(kept.length / 1000).toBeCloseTo(0.8, 1);
    expect(kept[0]).toBeCloseTo(1.25, 6);
    expect(found.subarray(1000, 2000)).toEqual(found.subarray(0, 1000));
  });
});
