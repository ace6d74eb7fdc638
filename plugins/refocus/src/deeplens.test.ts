import { type Arrays, initialState, makeStep, Random } from "@epochmark/plugin-kit";
import { runEagerly } from "@epochmark/plugin-kit/testing";
import { describe, expect, it } from "vitest";
import { models } from "./models.ts";

const [deeplens, depth] = models as [(typeof models)[0], (typeof models)[0]];

describe("inference", () => {
  const image = [1, 3, 13, 9];
  const request = { phase: "infer", size: "tiny", batch: 1 } as const;
  const pixels = Float32Array.from({ length: 3 * 13 * 9 }, (_, index) => (index % 7) / 7);

  it("takes focus as an input or as a setting, and odd sizes", async () => {
    const free = makeStep(deeplens, { ...request, shapes: { image, focalPoint: [1, 2] }, overrides: { scale: 2 } });
    const set = { scale: 2, focalPoint: [1, 5], aperture: 0.5 };
    const fixed = makeStep(deeplens, { ...request, shapes: { image }, overrides: set });
    const state = initialState(free.state, 0);
    const inputs = { image: pixels, focalPoint: Int32Array.of(1, 5), aperture: Float32Array.of(0.5) };
    const { outputs } = await runEagerly(free, state, inputs);
    expect((await runEagerly(fixed, state, { image: pixels })).outputs).toEqual(outputs);
    expect(outputs.dof0).toHaveLength(3 * 6 * 4);
    expect(outputs.dof1).toHaveLength(3 * 13 * 9);
  });

  it("gives the foreground beside the depth", async () => {
    const step = makeStep(depth, request);
    const { outputs } = await runEagerly(step, initialState(step.state, 0), { image: new Float32Array(3 * 64 * 64) });
    expect(Object.keys(outputs)).toEqual(["prediction", "normalised", "foreground"]);
    expect(outputs.foreground!.every((value) => value > 0 && value < 1)).toBe(true);
  });
});

async function learn(
  model: typeof deeplens,
  steps: number,
): Promise<{ before: Arrays; after: Arrays; losses: Arrays[] }> {
  const step = makeStep(model, { phase: "train", size: "tiny", batch: 2 });
  const before = initialState(step.state, 0);
  let after = before;
  const losses: Arrays[] = [];
  const request = { phase: "train", batch: 2, source: "photographs" } as const;
  const batch = await model.makeBatch(model.configs.tiny, { ...request, random: new Random(1) });
  for (let k = 1; k <= steps; k++) {
    const { outputs, state } = await runEagerly(step, after, { ...batch, step: Float32Array.of(k) });
    after = state;
    losses.push(outputs);
  }
  return { before, after, losses };
}

describe("training on scenes of photographs", () => {
  it("teaches lens blur and upsampling together and leaves depth alone", async () => {
    const { before, after, losses } = await learn(deeplens, 4);
    const [first, last] = [losses[0]!, losses.at(-1)!];
    expect(Object.keys(first)).toEqual(["total", "low", "mid", "penalty"]);
    expect(first.total![0]).toBeCloseTo(first.low![0]! + first.mid![0]! + first.penalty![0]!, 5);
    for (const term of ["low", "mid"]) expect(last[term]![0]).toBeLessThan(first[term]![0]!);
    const moved = (name: string) => after[name]!.some((value, index) => value !== before[name]![index]);
    expect(moved("Network/Network/Depth/conv1/weights")).toBe(false);
    expect(moved("Network/Network/Lensblur/conv1/weights")).toBe(true);
    expect(moved("Network/Network/Lensblur/bn1/moving_mean")).toBe(true);
    expect(moved("Network/Network/SR/fea1/weights")).toBe(true);
    expect(moved("Network/Network/SR/lr1_1_bn/gamma")).toBe(true);
    expect(moved("Network/Network/SR/lr1_1_bn/moving_mean")).toBe(false);
  });

  it("teaches depth and foreground", async () => {
    const { losses } = await learn(depth, 3);
    expect(Object.keys(losses[0]!)).toEqual(["total", "depth", "foreground", "penalty"]);
    expect(losses.at(-1)!.total![0]).toBeLessThan(losses[0]!.total![0]!);
    expect(losses.at(-1)!.foreground![0]).toBeLessThan(losses[0]!.foreground![0]!);
  });
});
