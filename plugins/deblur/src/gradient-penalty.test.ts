import { Scope, tf } from "@epochmark/plugin-kit";
import { relativeError, slopes, useCpu } from "@epochmark/plugin-kit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { gradientPenalty } from "./gradient-penalty.ts";

beforeAll(useCpu);

const shape: [number, number, number, number] = [2, 1, 2, 3];
const real = Array.from({ length: 12 }, (_, index) => Math.sin(index));
const fake = Array.from({ length: 12 }, (_, index) => Math.cos(2 * index));
const weights = [0.5, -1, 2];
const share = 0.3;

/** For D(x) = Σ w x³ the slope is 3 w x²: pixel by pixel, the length over its three channels. */
function expected(w: ArrayLike<number>): number {
  let sum = 0;
  for (let pixel = 0; pixel < 4; pixel++) {
    let square = 0;
    for (let channel = 0; channel < 3; channel++) {
      const x = share * real[3 * pixel + channel]! + (1 - share) * fake[3 * pixel + channel]!;
      square += (3 * w[channel]! * x * x) ** 2;
    }
    sum += (Math.sqrt(square) - 1) ** 2;
  }
  return sum / 4;
}

const penalty = (w: tf.Tensor) =>
  gradientPenalty(
    (x) => tf.sum(tf.mul(w, tf.pow(x, 3)), -1),
    tf.tensor4d(real, shape),
    tf.tensor4d(fake, shape),
    tf.scalar(share),
    new Scope(),
  );

describe("gradientPenalty", () => {
  it("is the mean over images and pixels of (length over the channels - 1)²", () => {
    expect(penalty(tf.tensor1d(weights)).dataSync()[0]).toBeCloseTo(expected(weights), 4);
  });

  it("trains the critic: its own derivative goes through the slope", () => {
    const slope = tf
      .grad((w: tf.Tensor) => penalty(w))(tf.tensor1d(weights))
      .dataSync();
    expect(relativeError(slope, slopes(expected, weights))).toBeLessThan(1e-5);
  });

  it("stays finite where the critic is flat", () => {
    const slope = tf
      .grad((w: tf.Tensor) => penalty(w))(tf.tensor1d([0, 0, 0]))
      .dataSync();
    expect([...slope].every(Number.isFinite)).toBe(true);
  });
});
