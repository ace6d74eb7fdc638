import type { BuildRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { configure } from "./config.ts";
import { models } from "./models.ts";

const { full } = models[0]!.configs;

describe("configure", () => {
  it("takes sizes from the inputs, settings under official names, and the optimizer's constants", () => {
    const asked = configure(full, {
      overrides: { ngf: 32, blocks: 6 },
      trainObjective: "mean-square",
      shapes: {
        blurred: [2, 3, 64, 96],
        sharp: [2, 3, 50, 50],
        "batch.blurred": [1, 3, 32, 40],
        "batch.sharp": [1, 3, 32, 40],
      },
      optimizer: { name: "Adam", betas: [0.6, 0.99], epsilon: 1e-7, weightDecay: 0, separate: ["generator"] },
    });
    expect(asked).toEqual({
      ...full,
      width: 32,
      blocks: 6,
      objective: "mean-square",
      inferImage: [64, 96],
      trainImage: [32, 40],
      judgeSharp: [50, 50],
      optimizer: { beta1: 0.6, beta2: 0.99, epsilon: 1e-7 },
    });
  });

  it.each<[BuildRequest, string]>([
    [{ part: "critic" }, 'no part "critic"'],
    [{ trainObjective: "gan" }, 'cannot train for "gan"'],
    [{ overrides: { nfg: 3 } }, 'no setting "nfg"'],
    [{ overrides: { ngf: 0 } }, "ngf must be a whole number above 0, not 0"],
    [{ shapes: { blurred: [1, 3, 62, 64] } }, "blurred: 62x64 should be divisible by 4"],
    [{ shapes: { blurred: [1, 1, 64, 64] } }, "blurred should be [batch, 3, height, width], not [1, 1, 64, 64]"],
    [
      { shapes: { "batch.blurred": [1, 3, 32, 32], "batch.sharp": [1, 3, 64, 64] } },
      "blurred [1, 3, 32, 32] and sharp [1, 3, 64, 64] differ in shape",
    ],
    [{ optimizer: { name: "SGD" } }, "trained with Adam here, not SGD"],
    [{ optimizer: { weightDecay: 0.1 } }, "without weight decay"],
  ])("refuses %o", (request, message) => {
    expect(() => configure(full, request)).toThrow(message);
  });
});
