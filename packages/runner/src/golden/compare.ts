import type { LossTree } from "./schema.ts";

export type Numbers = Float32Array | Int32Array | Uint32Array;

interface Reference {
  indices?: number[] | undefined;
  values?: number[] | undefined;
  l2: number;
}

/**
 * norm(yours - reference) / norm(reference) over the positions that the reference lists; `centre` is taken
 * out of the denominator. NaN stays NaN, so that it passes no tolerance.
 */
export function relativeL2(yours: ArrayLike<number>, reference: ArrayLike<number>, centre = 0): number {
  let error = 0;
  let norm = 0;
  for (let i = 0; i < reference.length; i++) {
    error += (yours[i]! - reference[i]!) ** 2;
    norm += (reference[i]! - centre) ** 2;
  }
  // A reference of zeros has no relative error: anything but zeros is infinitely far.
  if (norm === 0) return error === 0 ? 0 : error / norm;
  return Math.sqrt(error / norm);
}

/** The numbers at the reference's positions. A position outside the tensor reads as NaN. */
export function at(tensor: Numbers, { indices = [] }: Reference): number[] {
  return indices.map((index) => tensor[index] ?? Number.NaN);
}

/** Euclidean length over the whole tensor. */
export function l2(tensor: Numbers): number {
  let sum = 0;
  for (const x of tensor) sum += x * x;
  return Math.sqrt(sum);
}

/** Relative error of a tensor's length and, where numbers are listed, of those: the larger. */
export function tensorError(tensor: Numbers, reference: Reference): number {
  const length = relativeL2([l2(tensor)], [reference.l2]);
  return reference.values ? Math.max(length, relativeL2(at(tensor, reference), reference.values)) : length;
}

/** Change since `fresh` at the reference's positions against the reference's own change, and of the whole length. */
export function changeError(
  tensor: Numbers,
  fresh: Numbers,
  reference: Reference & { changeL2?: number | undefined },
): number {
  const before = at(fresh, reference);
  const yours = at(tensor, reference).map((value, i) => value - before[i]!);
  const expected = (reference.values ?? []).map((value, i) => value - before[i]!);
  const sampled = relativeL2(yours, expected);
  if (reference.changeL2 === undefined) return sampled;
  let sum = 0;
  for (let i = 0; i < tensor.length; i++) sum += (tensor[i]! - fresh[i]!) ** 2;
  return Math.max(sampled, relativeL2([Math.sqrt(sum)], [reference.changeL2]));
}

/** Losses by term: `{critic: [{total: 1}], generator: {total: 2}}` is `critic.0.total` and `generator.total`; a bare number is `total`. */
export function lossTerms(tree: LossTree, prefix = ""): [term: string, value: number][] {
  if (typeof tree === "number") return [[prefix || "total", tree]];
  return Object.entries(tree).flatMap(([key, branch]) => lossTerms(branch, prefix ? `${prefix}.${key}` : key));
}

/** The largest absolute loss of the objective that `term` belongs to: the first word of `critic.0.total`. */
export function largestOfObjective(term: string, terms: readonly [string, number][]): number {
  const same = terms.filter(([other]) => objective(other) === objective(term));
  return Math.max(...same.map(([, value]) => Math.abs(value)));
}

function objective(term: string): string {
  return term.includes(".") ? term.slice(0, term.indexOf(".")) : "";
}
