import { tf } from "../tf.ts";

/** A linear map from one length to another with few entries a row: row r reads Σ_k weights[k][r] x[indices[k][r]]. */
export interface SparseMap {
  from: number;
  to: number;
  /** Entry k of every row; rows with fewer entries are filled up with weight 0. */
  indices: number[][];
  weights: number[][];
}

/** @param rows of each output position, the [input position, weight] pairs that it reads */
export function sparseMap(from: number, rows: [index: number, weight: number][][]): SparseMap {
  const width = Math.max(1, ...rows.map((row) => row.length));
  const entries = Array.from({ length: width }, (_, k) => k);
  return {
    from,
    to: rows.length,
    indices: entries.map((k) => rows.map((row) => row[k]?.[0] ?? row[0]?.[0] ?? 0)),
    weights: entries.map((k) => rows.map((row) => row[k]?.[1] ?? 0)),
  };
}

/**
 * Applies the map along one axis: a gather and a product for each entry of a row. Its gradient is the transposed map,
 * so that any derivative exists; a matrix product would do the same with hundreds of times the arithmetic.
 */
export function mapAxis(x: tf.Tensor, axis: number, map: SparseMap): tf.Tensor {
  const run = tf.customGrad((...args) => {
    const [input] = args as [tf.Tensor];
    return { value: gathered(input, axis, map), gradFunc: (dy) => mapAxis(dy, axis, transposed(map)) };
  });
  return run(x);
}

function gathered(x: tf.Tensor, axis: number, { to, indices, weights }: SparseMap): tf.Tensor {
  const column = x.shape.map((_, k) => (k === axis ? to : 1));
  const terms = indices.map((positions, k) => {
    const read = positions.every((position, r) => position === r) && x.shape[axis] === to;
    const values = read ? x : tf.gather(x, tf.tensor1d(positions, "int32"), axis);
    const factors = weights[k]!;
    if (factors.every((factor) => factor === factors[0]))
      return factors[0] === 1 ? values : tf.mul(values, factors[0]!);
    return tf.mul(values, tf.tensor(factors, column));
  });
  // A gradient must not be its own input: the caller owns that.
  return terms.length === 1 ? (terms[0] === x ? tf.clone(x) : terms[0]!) : terms.reduce((a, b) => tf.add(a, b));
}

function transposed({ from, indices, weights }: SparseMap): SparseMap {
  const rows: [number, number][][] = Array.from({ length: from }, () => []);
  for (const [k, positions] of indices.entries())
    for (const [r, position] of positions.entries()) {
      const weight = weights[k]![r]!;
      if (weight !== 0) rows[position]!.push([r, weight]);
    }
  return { ...sparseMap(indices[0]!.length, rows), to: from };
}
