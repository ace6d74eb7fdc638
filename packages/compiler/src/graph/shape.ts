import type { Attributes, Value, ValueType } from "./graph.ts";

export interface Inferred {
  shape: readonly number[];
  dtype: ValueType;
}

/** Shape that several shapes broadcast to, by NumPy's rule. @throws when they do not fit */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1) continue;
      if (size !== 1 && size !== own)
        throw new Error(`shapes ${shapes.map((s) => `[${s.join()}]`).join(" and ")} do not broadcast`);
      size = own;
    }
    return size;
  });
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Input number `index` of a node. @throws when there is none */
export function at(inputs: readonly Value[], index: number): Value {
  const value = inputs[index];
  if (!value) throw new Error(`input ${index} is missing (there are ${inputs.length})`);
  return value;
}

/** An attribute that is a list of numbers. @throws when it is not */
export function list(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name];
  if (!Array.isArray(value)) throw new Error(`attribute "${name}" should be a list of numbers, found ${String(value)}`);
  return value as readonly number[];
}

/** An attribute that is a number. @throws when it is not */
export function number(attributes: Attributes, name: string): number {
  const value = attributes[name];
  if (typeof value !== "number") throw new Error(`attribute "${name}" should be a number, found ${String(value)}`);
  return value;
}

/** Dimension `axis` of `shape`. @throws when the shape is too short */
export function dim(shape: readonly number[], axis: number): number {
  const size = shape[axis];
  if (size === undefined) throw new Error(`[${shape.join()}] has no axis ${axis}`);
  return size;
}
