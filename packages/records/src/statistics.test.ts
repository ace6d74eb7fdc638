import { expect, test } from "vitest";
import { logTInterval, relativeHalfWidth, tQuantile95 } from "./statistics.ts";

// scipy 1.17.1: scipy.stats.t.ppf(0.975, df)
test.each([
  [1, 12.706204736174694],
  [2, 4.302652729749462],
  [3, 3.1824463052837078],
  [4, 2.7764451051977934],
  [5, 2.5705818356363146],
  [9, 2.262157162798205],
  [30, 2.0422724563012378],
  [99, 1.9842169515864174],
])("t quantile of %i degrees of freedom", (df, expected) => {
  expect(Math.abs(tQuantile95(df) / expected - 1)).toBeLessThan(1e-12);
});

test.each([0, -1, 1.5, Number.NaN])("%d degrees of freedom are refused", (df) => {
  expect(() => tQuantile95(df)).toThrow(RangeError);
});

// scipy 1.17.1: exp of scipy.stats.t.interval(0.95, n - 1, mean(log v), sem(log v))
test.each([
  [[101, 99, 103, 97, 100.5], 100.07977442823521, 97.32370502498337, 102.91389181120167],
  [[10, 11], 10.488088481701517, 5.724326232559298, 19.216235331650548],
])("interval of %j", (values, median, low, high) => {
  const interval = logTInterval(values);
  expect(interval.median).toBeCloseTo(median, 10);
  expect(interval.low).toBeCloseTo(low, 10);
  expect(interval.high).toBeCloseTo(high, 10);
  expect(relativeHalfWidth(interval)).toBeCloseTo((high - low) / 2 / median, 10);
});

test("the interval of rates is the inverse of the interval of times", () => {
  const times = [101, 99, 103, 97, 100.5];
  const ofTimes = logTInterval(times);
  const ofRates = logTInterval(times.map((time) => 1000 / time));
  expect(ofRates.median).toBeCloseTo(1000 / ofTimes.median, 12);
  expect(ofRates.low).toBeCloseTo(1000 / ofTimes.high!, 12);
  expect(ofRates.high).toBeCloseTo(1000 / ofTimes.low!, 12);
});

test("one value has no interval, equal values one without width", () => {
  expect(logTInterval([7])).toEqual({ median: 7, low: null, high: null });
  expect(relativeHalfWidth({ median: 7, low: null, high: null })).toBeNull();
  expect(relativeHalfWidth(logTInterval([7, 7, 7]))).toBeCloseTo(0, 12);
});

test.each([[[]], [[1, 0]], [[1, -2]], [[Number.NaN]]])("%j is refused", (values: number[]) => {
  expect(() => logTInterval(values)).toThrow(RangeError);
});
