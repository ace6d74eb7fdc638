import type { BuildRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { configure } from "./config.ts";
import { models } from "./models.ts";

const { full } = models[0]!.configs;
const image = (height: number, width: number, batch = 1) => [batch, 3, height, width];

describe("configure", () => {
  it("halves an image as often as the authors do, or as asked", () => {
    const levels = (shape: number[], scale?: number) =>
      configure(full, { shapes: { image: shape }, ...(scale && { overrides: { scale } }) }).infer;
    expect(levels(image(300, 639))).toEqual([[300, 639]]);
    expect(levels(image(640, 480))).toEqual([
      [320, 240],
      [640, 480],
    ]);
    expect(levels(image(719, 1280))).toEqual([
      [179, 320],
      [359, 640],
      [719, 1280],
    ]);
    expect(levels(image(719, 1280), 1)).toEqual([[719, 1280]]);
  });

  it("takes focus and aperture as asked, else from the inputs, else the middle and wide open", () => {
    const focus = (request: BuildRequest) => configure(full, request).focus;
    const shapes = { image: image(64, 48) };
    expect(focus({ shapes, overrides: { scale: 2, focalPoint: [3, 31], aperture: 0.75 } })).toEqual({
      point: [3, 31],
      aperture: 0.75,
    });
    expect(focus({ shapes, overrides: { scale: 2 } })).toEqual({ point: [12, 16], aperture: 1 });
    expect(focus({ shapes: { ...shapes, focalPoint: [1, 2] } })).toBeUndefined();
    expect(focus({})).toBeUndefined();
  });

  it("takes each part's sizes from its inputs, the levels of joint training by name", () => {
    expect(
      configure(full, { part: "lensblur", shapes: { image: image(9, 7), "batch.image": image(5, 6) } }),
    ).toMatchObject({ infer: [[9, 7]], train: [[5, 6]] });
    const sr = { low: image(9, 7), high: image(18, 13), "batch.low": image(4, 4), "batch.high": image(8, 8) };
    expect(configure(full, { part: "sr", shapes: sr })).toMatchObject({
      infer: [
        [9, 7],
        [18, 13],
      ],
      train: [
        [4, 4],
        [8, 8],
      ],
    });
    const two = { "batch.low": image(4, 4), "batch.high": image(8, 8) };
    expect(configure(full, { shapes: two })).toMatchObject({ levels: ["low", "high"], infer: full.infer });
  });

  it("takes the objective and the optimizer's constants", () => {
    const optimizer = { name: "Adam", betas: [0.6, 0.99], epsilon: 1e-7, weightDecay: 0 };
    expect(configure(full, { part: "depth", trainObjective: "mean-square", optimizer })).toMatchObject({
      objective: "mean-square",
      optimizer: { beta1: 0.6, beta2: 0.99, epsilon: 1e-7 },
      weightDecay: 0,
    });
  });

  it.each<[BuildRequest, string]>([
    [{ part: "critic" }, 'no part "critic"'],
    [{ trainObjective: "gan" }, 'cannot train for "gan"'],
    [{ overrides: { focus: 3 } }, 'no setting "focus"'],
    [{ overrides: { scale: 3 } }, "scale must be 1, 2 or 4"],
    [{ overrides: { segmentation: 1 } }, "segmentation must be true or false, not 1"],
    [{ overrides: { scale: 4, focalPoint: [320, 0] } }, "inside the lowest level, 320x240, not [320,0]"],
    [{ overrides: { aperture: "wide" } }, 'aperture must be a number, not "wide"'],
    [{ shapes: { image: [1, 1, 8, 8] } }, "image should be [batch, 3, height, width], not [1, 1, 8, 8]"],
    [{ shapes: { image: image(4, 1280) } }, "lowest level would be 1x320"],
    [{ part: "depth", shapes: { image: image(256, 320) } }, "takes 320x320 pixels, not 256x320"],
    [{ optimizer: { name: "SGD" } }, "trained with Adam here, not SGD"],
  ])("refuses %o", (request, message) => {
    expect(() => configure(full, request)).toThrow(message);
  });
});
