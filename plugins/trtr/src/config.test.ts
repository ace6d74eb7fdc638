import type { BuildRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { configure } from "./config.ts";
import { model } from "./model.ts";

const { full } = model.configs;
const images = (side: number) => [2, 3, side, side];

describe("configure", () => {
  it("takes sides from the inputs, those of training apart, and the optimizer from its description", () => {
    const asked = configure(full, {
      overrides: { encoderLayers: 2, preNorm: false },
      shapes: {
        template: images(127),
        search: images(280),
        "batch.template": images(127),
        "batch.search": images(320),
        "batch.boxes": [2, 4],
      },
      optimizer: {
        name: "AdamW",
        learningRate: 1e-3,
        learningRateBackbone: 2e-4,
        betas: [0.8, 0.9],
        weightDecay: 0.1,
        clip: { globalNorm: 2 },
      },
    });
    expect(asked).toEqual({
      ...full,
      inference: "pair",
      search: 280,
      trainSearch: 320,
      encoderLayers: 2,
      optimizer: { beta1: 0.8, beta2: 0.9, epsilon: 1e-8, weightDecay: 0.1, backboneRate: 0.2, clip: 2 },
    });
  });

  it.each([
    [{}, "tracked"],
    [{ memory: [1, 256, 256], search: images(255) }, "tracked"],
    [{ template: images(127) }, "template"],
    [{ template: images(127), search: images(255) }, "pair"],
  ] as const)("of inputs %o makes inference %s", (shapes, inference) => {
    expect(configure(full, { shapes: shapes as unknown as Record<string, number[]> }).inference).toBe(inference);
  });

  it.each([
    [{ layer2: [1, 17, 17, 64], layer3: [1, 17, 17, 64], labels: [1, 17, 17] }, ["layer2", "layer3"]],
    [{ layer2: [1, 17, 17, 64], labels: [1, 17, 17] }, ["layer2"]],
    [{ memory: [1, 256, 256], search: images(280), "filter.layer2": [1, 64, 4, 4] }, ["layer2"]],
    [{ labels: [1, 17, 17] }, ["layer2", "layer3"]],
  ])("of inputs %o takes the online part's layers %o", (shapes, layers) => {
    expect(configure(full, { shapes: shapes as Record<string, number[]> }).online.layers).toEqual(layers);
  });

  it.each([
    [{ crops: images(320) }, null],
    [{ crops: images(320), average: [16, 40] }, 16],
    [{ labels: [1, 17, 17] }, 17],
  ])("of inputs %o makes maps of %o cells for the online part", (shapes, cells) => {
    expect(configure(full, { shapes: shapes as Record<string, number[]> }).online.cells).toBe(cells);
  });

  it.each([
    [{ memory: [1, 256, 256], search: images(255) }, "none"],
    [{ memory: [1, 256, 256], search: images(255), templatePositions: [256, 256] }, "positions"],
    [{ template: images(127), templatePositions: [256, 256], templateInside: [256] }, "masked"],
  ])("of inputs %o is told of edges: %s", (shapes, edges) => {
    expect(configure(full, { shapes: shapes as Record<string, number[]> }).edges).toBe(edges);
  });

  it.each<[BuildRequest, string]>([
    [{ part: "head" }, 'no part "head"'],
    [{ trainObjective: "mean-square" }, 'cannot train for "mean-square"'],
    [{ overrides: { layers: 3 } }, 'no setting "layers"'],
    [{ overrides: { dim: "wide" } }, 'dim must be a number above 0, not "wide"'],
    [{ overrides: { decoderLayers: 6 } }, "decoderLayers = 1, not 6"],
    [{ overrides: { heads: 5 } }, "dim 256 cannot be shared by 5 heads"],
    [{ overrides: { dim: 18, heads: 2 } }, "dim 18 cannot be halved"],
    [
      { shapes: { search: [1, 3, 255, 280] } },
      "takes search as square images [batch, 3, side, side], not [1, 3, 255, 280]",
    ],
    [{ shapes: { template: images(127), "batch.template": images(63) } }, "differ in side"],
    [{ optimizer: { name: "SGD" } }, "trained with AdamW here, not SGD"],
    [{ optimizer: { clip: null } }, "give clip.globalNorm"],
  ])("refuses %o", (request, message) => {
    expect(() => configure(full, request)).toThrow(message);
  });
});
