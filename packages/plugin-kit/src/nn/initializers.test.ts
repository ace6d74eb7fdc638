import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { glorotUniform, kaimingNormal, kaimingUniform, normal, ones, truncatedNormal, zeros } from "./initializers.ts";

const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
const largest = (values: Float32Array) => values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);

describe("initializers", () => {
  it("fill any shape", () => {
    expect([...zeros([2, 2], new Random(0))]).toEqual([0, 0, 0, 0]);
    expect([...ones([], new Random(0))]).toEqual([1]);
  });

  it("draw normal values, truncated at ±2 absolute", () => {
    expect(deviation(normal(0.02)([100, 100], new Random(1)))).toBeCloseTo(0.02, 3);
    expect(deviation(truncatedNormal(0.02)([100, 100], new Random(1)))).toBeCloseTo(0.02, 3);
    expect(largest(normal(2)([1000], new Random(1)))).toBeGreaterThan(2);
    expect(largest(truncatedNormal(2)([1000], new Random(1)))).toBeLessThanOrEqual(2);
  });

  it("draw PyTorch's default: uniform in ±1/sqrt(fan_in), fan_in from all axes but the first", () => {
    const weight = kaimingUniform()([64, 4, 3, 3], new Random(1));
    expect(largest(weight)).toBeLessThanOrEqual(1 / 6);
    expect(largest(weight)).toBeGreaterThan(0.99 / 6);
    expect(deviation(weight)).toBeCloseTo(1 / 6 / Math.sqrt(3), 2);
    expect(largest(kaimingUniform(100)([1000], new Random(1)))).toBeCloseTo(0.1, 2);
  });

  it("draw Glorot's: uniform in ±sqrt(6 / (fan_in + fan_out)), a vector's fans its length", () => {
    const bound = Math.sqrt(6 / ((64 + 4) * 9));
    const weight = glorotUniform([64, 4, 3, 3], new Random(1));
    expect(largest(weight)).toBeLessThanOrEqual(bound);
    expect(largest(weight)).toBeGreaterThan(0.99 * bound);
    expect(largest(glorotUniform([1000], new Random(1)))).toBeCloseTo(Math.sqrt(6 / 2000), 3);
  });

  it("draw He's: variance 2 / fan_out, fan_out from all axes but the second", () => {
    const weight = kaimingNormal([50, 80, 3, 3], new Random(1));
    expect(deviation(weight)).toBeCloseTo(Math.sqrt(2 / 450), 3);
  });
});
