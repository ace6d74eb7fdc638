import { describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { layerErrors } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { meanAbsoluteError, meanSquaredError, smoothLabels, softTargetCrossEntropy } from "./losses.ts";

describe("softTargetCrossEntropy", () => {
  it("is the mean over the batch of -Σ t log softmax(z), gradient included", async () => {
    const targets = [0.7, 0.1, 0.2, 0.05, 0.9, 0.05];
    const layer = (z: tf.Tensor) => softTargetCrossEntropy(z, tf.tensor2d(targets, [2, 3]));
    const errors = await layerErrors(new Scope(), layer, [2, 3], (z) => {
      let sum = 0;
      for (let row = 0; row < 2; row++) {
        const logits = z.subarray(row * 3, row * 3 + 3);
        const normaliser = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
        for (let c = 0; c < 3; c++) sum -= targets[row * 3 + c]! * (logits[c]! - normaliser);
      }
      return [sum / 2];
    });
    expect(errors.output).toBeLessThan(1e-6);
    expect(errors.x).toBeLessThan(1e-6);
  });
});

describe.each([
  ["meanSquaredError", meanSquaredError, (difference: number) => difference ** 2],
  ["meanAbsoluteError", meanAbsoluteError, Math.abs],
] as const)("%s", (_, loss, of) => {
  it("is the mean over all elements, gradient included", async () => {
    const target = [0.5, -2, 1, 0.25, 3, -0.75];
    const errors = await layerErrors(
      new Scope(),
      (x) => loss(x, tf.tensor2d(target, [2, 3])),
      [2, 3],
      (x) => [x.reduce((sum, value, index) => sum + of(value - target[index]!), 0) / 6],
    );
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-6);
  });
});

describe("smoothLabels", () => {
  it("spreads the smoothing over all classes, the label's included", () => {
    const targets = smoothLabels([2, 0], 4, 0.1);
    expect([...targets]).toEqual([0.025, 0.025, 0.925, 0.025, 0.925, 0.025, 0.025, 0.025].map(Math.fround));
  });

  it("names a label outside the classes", () => {
    expect(() => smoothLabels([4], 4, 0.1)).toThrow("label 4 is none of 4 classes");
    expect(() => smoothLabels([0.5], 4, 0.1)).toThrow("label 0.5 is none of 4 classes");
  });
});
