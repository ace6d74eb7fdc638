import { add, mul, ones, type Tensor } from "@tensorflow/tfjs";
import { compile, type StepFunction } from "@epochmark/compiler";
import { expect, test } from "vitest";
import { inferStep, program, trainStep } from "../steps.fixture.ts";
import { isComputed } from "./bound.ts";

/** A step of one weight that stays as it is, whose results are those given. */
const step = (results: (x: Tensor, weight: Tensor) => Record<string, Tensor>): StepFunction => ({
  name: "step",
  state: [{ name: "weight", shape: [2], dtype: "float32" }],
  inputs: [{ name: "x", shape: [2], dtype: "float32" }],
  apply: ({ weight }, { x }) => ({ state: {}, outputs: results(x as Tensor, weight as Tensor) }),
});

test("a step can be recorded where every result depends on what it is given", () => {
  expect(isComputed(program(inferStep()))).toBe(true);
  expect(isComputed(program(trainStep("adam")))).toBe(true);
  expect(isComputed(compile(step((x, weight) => ({ y: add(x, weight) }))))).toBe(true);
});

test("a result that is a constant, or made of weights alone, keeps it from being recorded", () => {
  expect(isComputed(compile(step((x) => ({ y: x, z: ones([2]) }))))).toBe(false);
  expect(isComputed(compile(step((x, weight) => ({ y: x, z: mul(weight, weight) }))))).toBe(false);
});
