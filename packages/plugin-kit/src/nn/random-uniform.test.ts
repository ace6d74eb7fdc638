import { beforeAll, describe, expect, test } from "vitest";
import { useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { dropout, randomUniform } from "./random-uniform.ts";

beforeAll(useCpu);

const draw = (seed: number, shape: number[]): Float32Array =>
  tf.tidy(() => randomUniform(tf.scalar(seed | 0, "int32"), shape).dataSync() as Float32Array);

const size = 2 ** 18;
const seeds = [0, 1, 2, 12345, 0x7fffffff, 0x80000000, 0xffffffff];
const streams = (): Float32Array[] => seeds.map((seed) => draw(seed, [size]));

/** Deviation from the mean of many independent draws, in standard errors: beyond 5 it is no chance. */
const errors = (sum: number, count: number, mean: number, variance: number): number =>
  Math.abs(sum / count - mean) / Math.sqrt(variance / count);

/** Correlation of two uniform streams, in standard errors. */
function correlation(a: Float32Array, b: Float32Array, lag = 0): number {
  const count = a.length - lag;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += ((a[i] ?? 0) - 0.5) * ((b[i + lag] ?? 0) - 0.5);
  return errors(sum, count, 0, 1 / 144);
}

/** Chi-square of counts that should be equal, in standard errors of its own distribution. */
function unevenness(counts: Uint32Array): number {
  const expected = counts.reduce((sum, n) => sum + n, 0) / counts.length;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  return (chiSquare - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

function histogram(bins: number, binsOf: (add: (bin: number) => void) => void): Uint32Array {
  const counts = new Uint32Array(bins);
  binsOf((bin) => counts[bin]!++);
  return counts;
}

describe("the numbers of one seed", () => {
  test("are in [0, 1), in steps of 2^-24, the same every time", () => {
    const values = draw(7, [1000]);
    for (const value of values) {
      expect(value >= 0 && value < 1).toBe(true);
      expect(Number.isInteger(value * 2 ** 24)).toBe(true);
    }
    expect(draw(7, [1000])).toEqual(values);
  });

  test("depend on the position only, not on the shape", () =>
    expect(draw(7, [10, 100])).toEqual(draw(7, [4000]).slice(0, 1000)));

  test("are the known ones: a change of the hash changes every recorded run", () =>
    expect([...draw(1, [3])].map((value) => value * 2 ** 24)).toEqual([4066525, 12615710, 15995846]));

  test("have mean 1/2 and variance 1/12", () => {
    for (const values of streams()) {
      expect(
        errors(
          values.reduce((sum, value) => sum + value, 0),
          size,
          1 / 2,
          1 / 12,
        ),
      ).toBeLessThan(5);
      const squares = values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0);
      expect(errors(squares, size, 1 / 12, 1 / 180)).toBeLessThan(5);
    }
  });

  test("fill 256 bins evenly, and 64 by 64 bins of neighbours", () => {
    for (const values of streams()) {
      const single = histogram(256, (add) => values.forEach((value) => add(Math.floor(value * 256))));
      expect(Math.abs(unevenness(single))).toBeLessThan(5);
      const pairs = histogram(4096, (add) => {
        for (let i = 1; i < size; i++) add(Math.floor(values[i]! * 64) * 64 + Math.floor(values[i - 1]! * 64));
      });
      expect(Math.abs(unevenness(pairs))).toBeLessThan(5);
    }
  });

  test("set each of their 24 bits half of the time", () => {
    for (const values of streams())
      for (let bit = 0; bit < 24; bit++) {
        const ones = values.reduce((sum, value) => sum + (((value * 2 ** 24) >>> bit) & 1), 0);
        expect(errors(ones, size, 1 / 2, 1 / 4), `bit ${bit}`).toBeLessThan(5);
      }
  });

  test("do not follow from the 16 before them", () => {
    for (const values of streams())
      for (let lag = 1; lag <= 16; lag++) expect(correlation(values, values, lag), `lag ${lag}`).toBeLessThan(5);
  });

  test("do not follow along columns, for widths that networks have", () => {
    const values = draw(99, [size]);
    for (const width of [64, 197, 256, 384, 768, 1024, 3072, 4096])
      expect(correlation(values, values, width), `width ${width}`).toBeLessThan(5);
  });
});

describe("the numbers of different seeds", () => {
  test("differ, also for neighbouring seeds and opposite bits", () => {
    const all = streams();
    for (const [i, a] of all.entries())
      for (const b of all.slice(i + 1)) {
        expect(correlation(a, b)).toBeLessThan(5);
        // Equal numbers: as many as chance gives two draws of 24 bits.
        expect(a.reduce((same, value, at) => same + Number(value === b[at]), 0)).toBeLessThan(6);
      }
  });

  test("are no shifts of each other", () => {
    const [a, b] = [draw(1000, [size]), draw(1001, [size])] as const;
    for (let lag = 0; lag <= 32; lag++) {
      expect(correlation(a, b, lag), `lag ${lag}`).toBeLessThan(5);
      expect(correlation(b, a, lag), `lag -${lag}`).toBeLessThan(5);
    }
  });

  test("flip half of the bits when the seed changes by one bit (avalanche)", () => {
    const length = 4096;
    for (const seed of [0, 5, 0x12345678])
      for (let bit = 0; bit < 32; bit++) {
        const [a, b] = [draw(seed, [length]), draw(seed ^ (1 << bit), [length])] as const;
        let flips = 0;
        a.forEach((value, i) => {
          for (let rest = (value * 2 ** 24) ^ (b[i]! * 2 ** 24); rest !== 0; rest &= rest - 1) flips++;
        });
        expect(errors(flips, length * 24, 1 / 2, 1 / 4), `seed ${seed}, bit ${bit}`).toBeLessThan(5);
      }
  });

  test("are random at one place too: what an element meets from step to step", () => {
    const steps = 20_000;
    for (const place of [0, 1, 777]) {
      const met = Float32Array.from({ length: steps }, (_, step) => draw(step, [place + 1])[place]!);
      const counts = histogram(64, (add) => met.forEach((value) => add(Math.floor(value * 64))));
      expect(Math.abs(unevenness(counts))).toBeLessThan(5);
      for (let lag = 1; lag <= 8; lag++) expect(correlation(met, met, lag), `lag ${lag}`).toBeLessThan(5);
    }
  });
});

describe("dropout", () => {
  const x = (): tf.Tensor => tf.range(1, 10_001);
  const seed = (): tf.Tensor => tf.scalar(3, "int32");

  test("drops its share and scales the rest, so that the sum stays in expectation", () => {
    const y = dropout(x(), 0.2, seed()).dataSync();
    const dropped = y.filter((value) => value === 0).length;
    expect(errors(dropped, 10_000, 0.2, 0.16)).toBeLessThan(5);
    y.forEach((value, i) => expect(value === 0 || Math.abs(value - (i + 1) * 1.25) < 1e-2).toBe(true));
  });

  test("gives the gradient through what was kept", () => {
    const slope = tf
      .grad((value: tf.Tensor) => tf.sum(dropout(value, 0.5, seed())))(x())
      .dataSync();
    const kept = dropout(x(), 0.5, seed()).dataSync();
    expect([...slope]).toEqual([...kept].map((value) => (value === 0 ? 0 : 2)));
  });

  test("takes its rate as an input, 0 to switch it off", () => {
    const drawn = dropout(x(), 0.5, seed()).dataSync();
    expect(dropout(x(), tf.scalar(0.5), seed()).dataSync()).toEqual(drawn);
    expect(dropout(x(), tf.scalar(0), seed()).dataSync()).toEqual(x().dataSync());
  });

  test("leaves x as it is at rate 0, and refuses rates that mean nothing", () => {
    const value = x();
    expect(dropout(value, 0, seed())).toBe(value);
    for (const rate of [-0.1, 1, NaN])
      expect(() => dropout(value, rate, seed())).toThrow(`dropout rate should be in [0, 1), found ${rate}`);
  });
});
