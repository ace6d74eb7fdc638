import { sizeOf } from "../../graph/graph.ts";
import type { Value } from "../../graph/graph.ts";
import type { KernelRules, Recorder } from "../recorder.ts";

// Whole numbers of 32 bits, by sum, product and quotient only: shifts, exclusive-or and random draws are
// missing on some providers. Every step is a permutation of the 2^32 numbers, so that nothing is lost on the way.

const number = (g: Recorder, value: number): Value => g.scalar(value, "uint32");

/** x (2 x + 1), RC6's permutation: each bit comes to depend on all below it, and not in a straight line. */
const bend = (g: Recorder, x: Value): Value => g.op("Mul", [x, g.op("Add", [g.op("Add", [x, x]), number(g, 1)])]);

/** Trades the two halves: the high bits, which depend on most, become the low ones. */
const turn = (g: Recorder, x: Value): Value =>
  g.op("Add", [g.op("Mul", [x, number(g, 2 ** 16)]), g.op("Div", [x, number(g, 2 ** 16)])]);

const golden = 0x9e3779b1;

/**
 * Uniform numbers in [0, 1) from a seed and the element's position, by the counter hash that
 * plugin-kit's eager kernel computes too, bit for bit (packages/plugin-kit/src/nn/random-uniform.ts).
 */
export const random: KernelRules = {
  CounterUniform: (g, inputs, { shape }) => {
    // tfjs has no uint32: a seed that was not declared as one is an int32 of the same bits.
    const seed = g.reshape(g.cast(inputs.get("seed"), "uint32"), [1, 1]);
    const mixedSeed = (salt: number): Value => {
      let x = g.op("Add", [seed, number(g, salt)]);
      for (let round = 0; round < 4; round++) x = g.op("Add", [turn(g, bend(g, x)), number(g, golden)]);
      return bend(g, x);
    };
    const size = sizeOf(shape);
    // Two short ramps instead of one constant as long as the tensor.
    const columns = Math.min(size, 4096);
    const rows = Math.ceil(size / columns) || 0;
    const ramp = (length: number, step: number): Uint32Array =>
      Uint32Array.from({ length }, (_, i) => Math.imul(i * step, golden));
    const starts = g.op("Add", [g.constant([rows, 1], "uint32", ramp(rows, columns)), mixedSeed(0x3c6ef372)]);
    const counter = g.op("Add", [starts, g.constant([1, columns], "uint32", ramp(columns, 1))]);
    // The seed enters twice, so that two seeds' streams are no shifts of each other.
    const first = g.op("Add", [turn(g, bend(g, counter)), mixedSeed(0xdaa66d2b)]);
    const bits = g.op("Div", [bend(g, turn(g, bend(g, first))), number(g, 256)]);
    const unit = g.op("Mul", [g.cast(bits, "float32"), g.scalar(2 ** -24)]);
    const flat = g.reshape(unit, [rows * columns]);
    return g.reshape(rows * columns === size ? flat : g.slice(flat, [0], [size]), shape);
  },
};
