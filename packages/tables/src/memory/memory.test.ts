import { readFile } from "node:fs/promises";
import { costProfiles } from "@epochmark/catalog/costs";
import { hostMemoryMiB, type HostModel } from "@epochmark/planner";
import { describe, expect, test } from "vitest";
import { crossErrors, errorOf, fit, fitCases, fitFactors, type Peak, strangerErrors } from "./fit.ts";
import { keptPeaks } from "./kept.ts";
import { measurables, measuredMiB } from "./launch.ts";
import { openCage, tellsPeak } from "./limit.ts";

describe("the fit", () => {
  const factors: HostModel["factors"] = {
    process: 200,
    trainingNodes: 20,
    inferenceNodes: 90,
    weights: 3,
    batches: 5,
    training: 1.2,
    inference: 2,
  };
  const cases = { "vit/deepvit-s infer": { offset: 40, growth: 1.2 } };
  const batches = [1, 4, 64];
  const chosen = costProfiles.filter(({ model }) => /^(?:vit|deblur|refocus)\//.test(model));
  const peaksOf = (model: HostModel): Peak[] =>
    chosen.flatMap((profile) =>
      batches.map((batch) => ({ profile, batch, measuredMiB: hostMemoryMiB(profile, batch, model) })),
    );
  const peaks = peaksOf({ factors, cases: {} });
  test("finds factors that explain the peaks they were made with", () => {
    const found = { factors: fitFactors(peaks), cases: {} };
    for (const peak of peaks) expect(Math.abs(errorOf(peak, found))).toBeLessThan(0.01);
  });
  test("takes no factor below zero, whatever was measured", () => {
    const found = fitFactors(peaks.map((peak) => ({ ...peak, measuredMiB: 1 })));
    expect(Object.values(found).every((factor) => factor >= 0)).toBe(true);
  });
  test("finds how one case differs from its terms, and predicts one batch from the others", () => {
    const more = peaksOf({ factors, cases });
    const { "vit/deepvit-s infer": own, ...others } = fitCases(more, factors);
    expect(own!.offset).toBeCloseTo(40, -1);
    expect(own!.growth).toBeCloseTo(1.2, 1);
    for (const other of Object.values(others)) expect(other).toEqual({ offset: 0, growth: 1 });
    expect(Math.max(...crossErrors(more, factors).map(Math.abs))).toBeLessThan(0.1);
  });
  test("two batches side by side say little of growth: it stays near what the terms say", () => {
    const profile = chosen.find(({ model, phase }) => model === "vit/deepvit-s" && phase === "infer");
    const near = [4, 5].map((batch) => ({ profile: profile!, batch, measuredMiB: 500 - batch }));
    const { growth } = fitCases(near, factors)["vit/deepvit-s infer"]!;
    expect(growth).toBeGreaterThan(0.8);
    expect(growth).toBeLessThan(1);
  });
  test("predicts a model from the peaks of the others", () => {
    const odd = peaks.map((peak) =>
      peak.profile.model === "vit/deepvit-s" ? { ...peak, measuredMiB: 2 * peak.measuredMiB } : peak,
    );
    for (const [index, error] of strangerErrors(odd).entries())
      if (odd[index]!.profile.model === "vit/deepvit-s") expect(error).toBeCloseTo(-0.5, 2);
  });
  test("is what the planner has, of the peaks that are kept", async () => {
    const file = new URL("../../../planner/src/host-memory.json", import.meta.url);
    expect(JSON.parse(await readFile(file, "utf8")), "run pnpm planner:memory --fit").toEqual(
      fit(await keptPeaks()).model,
    );
  });
});

describe.runIf(tellsPeak())("on this machine", { timeout: 600_000 }, () => {
  test("the peak of a small model's training and inference is predicted within 10 %", async () => {
    const chosen = await measurables(["vit/vit-tiny-patch16-224"]);
    expect(chosen.map(({ profile }) => profile.phase).toSorted()).toEqual(["infer", "train"]);
    for (const { planned, profile } of chosen) {
      const batch = profile.phase === "infer" ? 16 : 4;
      const peak = { profile, batch, measuredMiB: await measuredMiB(planned, batch) };
      expect(Math.abs(errorOf(peak)), `${profile.phase}: ${peak.measuredMiB} MiB`).toBeLessThanOrEqual(0.1);
    }
  });
  test("a cage says how it holds and leaves nothing behind", () => {
    const cage = openCage(4096);
    expect(cage.how).toMatch(/control group|resident set/);
    cage.close();
    expect(() => openCage(4096).close()).not.toThrow();
  });
});
