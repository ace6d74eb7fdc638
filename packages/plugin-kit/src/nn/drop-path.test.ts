import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { dropPath, dropPathFactors } from "./drop-path.ts";

beforeAll(useCpu);

describe("dropPath", () => {
  it("scales whole samples", () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    expect([...dropPath(x, tf.tensor1d([0, 1.25])).dataSync()]).toEqual([0, 0, 0, 0, 6.25, 7.5, 8.75, 10]);
    expect(dropPath(x)).toBe(x);
  });

  it("draws factors of mean 1: 0 at the rate, else 1 / (1 - rate)", () => {
    const factors = dropPathFactors(20_000, 0.2, new Random(1));
    expect(new Set(factors)).toEqual(new Set([0, 1.25]));
    expect(factors.reduce((a, b) => a + b) / factors.length).toBeCloseTo(1, 1);
    expect([...dropPathFactors(4, 0, new Random(1))]).toEqual([1, 1, 1, 1]);
  });
});
