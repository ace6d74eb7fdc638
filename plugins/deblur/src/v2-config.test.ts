import type { BuildRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { configureV2 } from "./v2-config.ts";
import { v2Models } from "./v2-models.ts";
import { v2Schedules } from "./v2-recipes.ts";

const [inception, mobilenet] = v2Models.map(({ configs }) => configs.full) as [
  (typeof v2Models)[0]["configs"]["full"],
  (typeof v2Models)[0]["configs"]["full"],
];
const blurred = (...shape: number[]): BuildRequest => ({ shapes: { blurred: shape } });

describe("configureV2", () => {
  it("takes sizes from the inputs, settings under official names, objective, schedule and Adam's constants", () => {
    const asked = configureV2(mobilenet, {
      overrides: { num_filters: 32, num_filters_fpn: 64, ndf: 16, frozenBackbone: true, schedule: "repository" },
      trainObjective: "wgan-gp",
      shapes: {
        blurred: [1, 3, 64, 96],
        sharp: [1, 3, 50, 50],
        "batch.blurred": [2, 3, 64, 64],
        "batch.sharp": [2, 3, 64, 64],
      },
      optimizer: { name: "Adam", betas: [0.5, 0.99], epsilon: 1e-7, weightDecay: 0, separate: ["generator"] },
    });
    expect(asked).toEqual({
      ...mobilenet,
      headWidth: 32,
      pyramidWidth: 64,
      discriminatorWidth: 16,
      frozenBackbone: true,
      objective: "wgan-gp",
      schedule: v2Schedules.repository,
      inferImage: [64, 96],
      judgeSharp: [50, 50],
      trainImage: [64, 64],
      whole: true,
      optimizer: { beta1: 0.5, beta2: 0.99, epsilon: 1e-7 },
    });
  });

  it("lets several images be smaller, because MobileNet's coarsest map may then be a pixel", () => {
    expect(configureV2(mobilenet, blurred(2, 3, 32, 32)).inferImage).toEqual([32, 32]);
    expect(() => configureV2(mobilenet, blurred(1, 3, 32, 32))).toThrow("32x32 should have sides of 64 or more");
    expect(() => configureV2(inception, blurred(2, 3, 96, 128))).toThrow("96x128 should have sides of 128 or more");
  });

  it.each<[BuildRequest, string]>([
    [{ part: "patch" }, 'no part "patch"'],
    [{ trainObjective: "gan" }, 'cannot train for "gan": leave it out or say ragan-ls, wgan-gp, mean-square'],
    [{ overrides: { nfg: 3 } }, 'no setting "nfg"'],
    [{ overrides: { frozenBackbone: 1 } }, "frozenBackbone must be true or false, not 1"],
    [{ overrides: { schedule: "long" } }, 'no schedule "long": say paper or repository'],
    [{ overrides: { headWidth: 32 } }, "the pyramid has 128 channels, the heads 32"],
    [blurred(1, 3, 80, 128), "blurred: 80x128 should be divisible by 32"],
    [{ optimizer: { name: "SGD" } }, "trained with Adam here, not SGD"],
  ])("refuses %o", (request, message) => {
    expect(() => configureV2(mobilenet, request)).toThrow(message);
  });
});
