import { sizeOf } from "../../graph/graph.ts";
import type { Value } from "../../graph/graph.ts";
import type { KernelRules, Recorder } from "../recorder.ts";

/** x + (x >> bits), written as a division: shifts and exclusive-or are missing on some providers. */
function fold(g: Recorder, x: Value, bits: number): Value {
  return g.op("Add", [x, g.op("Div", [x, g.scalar(2 ** bits, "uint32")])]);
}

const times = (g: Recorder, x: Value, factor: number): Value => g.op("Mul", [x, g.scalar(factor, "uint32")]);

/**
 * Uniform numbers in [0, 1) from a seed and the element's position, by the counter hash that
 * plugin-kit's eager kernel computes too, bit for bit.
 */
export const random: KernelRules = {
  CounterUniform: (g, inputs, { shape }) => {
    // tfjs has no uint32: a seed that was not declared as one is an int32 of the same bits.
    const seed = g.cast(inputs.get("seed"), "uint32");
    const size = sizeOf(shape);
    // Two short ramps instead of one constant as long as the tensor.
    const columns = Math.min(size, 4096);
    const rows = Math.ceil(size / columns);
    const ramp = (length: number, step: number): Uint32Array => Uint32Array.from({ length }, (_, i) => i * step);
    const counter = g.op("Add", [
      g.constant([rows, 1], "uint32", ramp(rows, columns)),
      g.constant([1, columns], "uint32", ramp(columns, 1)),
    ]);
    let x = g.op("Add", [times(g, counter, 0x9e3779b1), times(g, g.reshape(seed, [1, 1]), 0x85ebca77)]);
    for (const [factor, bits] of counterRounds) x = times(g, fold(g, x, bits), factor);
    x = g.op("Div", [fold(g, x, 16), g.scalar(256, "uint32")]);
    const unit = g.op("Mul", [g.cast(x, "float32"), g.scalar(2 ** -24)]);
    const flat = g.reshape(unit, [rows * columns]);
    return g.reshape(rows * columns === size ? flat : g.slice(flat, [0], [size]), shape);
  },
};

/** Odd factors and shifts of the hash's rounds. */
const counterRounds = [
  [0x7feb352d, 16],
  [0x846ca68b, 15],
  [0xc2b2ae35, 17],
] as const;
