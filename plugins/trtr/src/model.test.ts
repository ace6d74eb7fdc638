import { readFileSync } from "node:fs";
import { makeStep, type StepRequest } from "@epochmark/plugin-kit";
import { describe, expect, it } from "vitest";
import { model } from "./model.ts";

const stateOf = (phase: "train" | "infer", request: Partial<StepRequest> = {}) =>
  makeStep(model, { phase, size: "full", batch: 1, ...request }).state;
const sizeOf = (shape: number[]) => shape.reduce((product, n) => product * n, 1);
const count = (states: { shape: number[] }[]) => states.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe("the state", () => {
  it("is the official checkpoint's: names, shapes, what is trained, order", () => {
    const listing = JSON.parse(readFileSync(new URL("../test-data/trtr.json", import.meta.url), "utf8"));
    expect(stateOf("infer").map(({ name, shape, trainable }) => [name, shape, trainable])).toEqual(listing);
  });

  // Counted in the official code with PyTorch 2.15: 61,184 buffer values, frozen norms included.
  it("has the official counts", () => {
    const state = stateOf("infer");
    expect(count(state.filter(({ kind }) => kind === "parameter"))).toBe(11_933_893);
    expect(count(state.filter(({ trainable }) => trainable))).toBe(11_711_493);
    expect(count(state.filter(({ kind }) => kind === "buffer"))).toBe(61_184);
  });

  it.each(["pair", "template"] as const)("is all there whatever inference takes: %s", (inference) => {
    const images = { template: [1, 3, 127, 127], ...(inference === "pair" && { search: [1, 3, 280, 280] }) };
    expect(stateOf("infer", { shapes: images })).toHaveLength(stateOf("infer").length);
  });

  it("grows by two slots a trained tensor in training", () => {
    const state = stateOf("train");
    const trained = state.filter(({ trainable }) => trainable).length;
    expect(state.filter(({ kind }) => kind === "slot")).toHaveLength(2 * trained);
  });
});

it("has a recipe that adds up", () => {
  const { samplesPerEpoch, batch, epochs, steps } = model.recipe!;
  expect(steps).toBe(Math.floor(samplesPerEpoch / batch) * epochs);
});
