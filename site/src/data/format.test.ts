import { expect, it } from "vitest";
import { formatCount, formatDuration, formatEnds, formatFigure, formatHalfWidth, formatMiB } from "./format.ts";

it("shows three significant digits, whole from 100 on", () => {
  expect([1493.4, 380.2, 62.04, 5.349, 0.04512, 0].map(formatFigure)).toEqual([
    "1,493",
    "380",
    "62.0",
    "5.35",
    "0.0451",
    "0",
  ]);
});

it("shows an interval with the digits of its centre, and none where there is none", () => {
  expect(formatHalfWidth({ median: 5.349, low: 5.2, high: 5.5 })).toBe("0.15");
  expect(formatHalfWidth({ median: 380, low: 379.9, high: 380.1 })).toBe("<1");
  expect(formatEnds({ median: 62.04, low: 61.42, high: 62.68 })).toBe("61.4 – 62.7");
  expect(formatHalfWidth({ median: 1, low: null, high: null })).toBeNull();
  expect(formatEnds({ median: 1, low: null, high: null })).toBeNull();
});

it("names sizes, counts and durations in the unit that a person would", () => {
  expect([640, 10_239, 16_384, 257_000].map(formatMiB)).toEqual(["640 MiB", "10,239 MiB", "16 GiB", "251 GiB"]);
  expect([12, 22_050_664, 2.2e11].map(formatCount)).toEqual(["12.0", "22.1 M", "220 G"]);
  expect([382, 12_400, 186_000, 7_380_000].map(formatDuration)).toEqual(["382 ms", "12.4 s", "3.10 min", "2.05 h"]);
});
