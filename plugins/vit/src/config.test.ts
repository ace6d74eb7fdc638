import type { BuildRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { configure } from "./config.ts";
import { models } from "./models.ts";

const { full } = models[0]!.configs;

describe("configure", () => {
  it("takes settings under the golden files' names, and the side from the inputs", () => {
    const asked = configure(full, {
      overrides: { depth: 3, classes: 10, gelu: "erf" },
      shapes: { input: [2, 3, 64, 64], "batch.input": [4, 3, 64, 64] },
      optimizer: { name: "AdamW", betas: [0.8, 0.9], weightDecay: 0.1, clip: null, steps: 3 },
    });
    expect(asked).toEqual({
      ...full,
      depth: 3,
      classes: 10,
      imageSize: 64,
      optimizer: { beta1: 0.8, beta2: 0.9, epsilon: 1e-8, weightDecay: 0.1 },
    });
  });

  it.each<[BuildRequest, string]>([
    [{ part: "depth" }, 'no part "depth"'],
    [{ trainObjective: "mean-square" }, 'cannot train for "mean-square"'],
    [{ overrides: { deepth: 3 } }, 'no setting "deepth"'],
    [{ overrides: { depth: "three" } }, 'depth must be a number above 0, not "three"'],
    [{ overrides: { gelu: "tanh" } }, "gelu = erf, not tanh"],
    [{ overrides: { heads: 5 } }, "dim 192 cannot be shared by 5 heads"],
    [{ shapes: { input: [1, 3, 224, 192] } }, "square images [batch, 3, side, side], not [1, 3, 224, 192]"],
    [{ shapes: { input: [1, 3, 100, 100] } }, "image side 100 is no multiple of the patch side 16"],
    [{ shapes: { input: [1, 3, 32, 32], "batch.input": [1, 3, 48, 48] } }, "differ in side"],
    [{ optimizer: { name: "SGD" } }, "trained with AdamW here, not SGD"],
    [{ optimizer: { clip: 1 } }, "without gradient clipping"],
  ])("refuses %o", (request, message) => {
    expect(() => configure(full, request)).toThrow(message);
  });
});
