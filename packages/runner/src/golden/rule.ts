import { Random } from "@epochmark/plugin-kit";
import type { Input, Kind, Nested } from "./schema.ts";

/** Each kind of weight as a function of the draw v in [-1, 1); values are made in float64, then rounded to float32. */
const values: Record<Exclude<Kind, "counter">, (v: number, shape: readonly number[]) => number> = {
  matrix: (v, shape) => v * Math.sqrt(3 / product(shape.slice(1))),
  "transposed-conv": (v, shape) => v * Math.sqrt(3 / ((shape[0] ?? 1) * product(shape.slice(2)))),
  table: (v) => 0.1 * v,
  "norm-scale": (v) => 1 + 0.1 * v,
  bias: (v) => 0.1 * v,
  "running-mean": (v) => 0.1 * v,
  "running-var": (v) => 1 + 0.5 * Math.abs(v),
};

/** The weight called `name` of a golden with this seed, row-major; a counter is all zeros and takes no draw. */
export function makeWeight(seed: number, name: string, shape: readonly number[], kind: Kind): Float32Array {
  const data = new Float32Array(product(shape));
  if (kind === "counter") return data;
  const value = values[kind];
  const next = units(seed, name);
  for (let i = 0; i < data.length; i++) data[i] = value(2 * next() - 1, shape);
  return data;
}

/** The input of one row `[name, shape, rule]`; labels are int32, everything else float32. */
export function makeInput(seed: number, [name, shape, rule]: Input): Float32Array | Int32Array {
  const size = product(shape);
  if (typeof rule === "object") return Float32Array.from(flat(rule.literal));
  const next = units(seed, name);
  if (rule === "image") return Float32Array.from({ length: size }, () => 2 * next() - 1);
  if (rule === "unit") return Float32Array.from({ length: size }, next);
  const classes = Number(rule.slice("label:".length));
  return Int32Array.from({ length: size }, () => Math.floor(next() * classes));
}

function flat(nested: Nested): number[] {
  return typeof nested === "number" ? [nested] : nested.flatMap(flat);
}

/** Draws u in [0, 1), float64, of the stream that `seed` and `name` start. */
function units(seed: number, name: string): () => number {
  const random = new Random(seed, name);
  return () => random.uint32() / 4294967296;
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, n) => all * n, 1);
}
