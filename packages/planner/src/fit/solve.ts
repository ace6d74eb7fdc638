import { type Parameters, stepSeconds } from "../roofline.ts";
import type { Observation } from "./observations.ts";
import { priorOf } from "./priors.ts";

/** Standard deviation of the logarithm of a figure around the model: what the ridge is weighed against. */
const noise = 0.12;

/** Errors beyond one deviation count by their size and no longer by its square (pseudo-Huber): odd figures must not bend the rest. */
const softened = (error: number): number => Math.sign(error) * Math.sqrt(2 * (Math.sqrt(1 + error ** 2) - 1));

/** Logarithm of the predicted seconds. `withSource`: times what the figure's source differs from others by. */
export function predictLog(observation: Observation, parameters: Parameters, withSource: boolean): number {
  const { profile, device, setting, nuisances } = observation;
  const own = withSource ? nuisances.reduce((sum, name) => sum + (parameters[name] ?? 0), 0) : 0;
  return Math.log(stepSeconds(profile, device, setting, parameters)) + own;
}

/** The constants that an observation says something about. */
function namesOf(observation: Observation): Set<string> {
  const seen = new Set<string>();
  const spy = new Proxy({}, { get: (_, name) => (seen.add(String(name)), 0) });
  predictLog(observation, spy as Parameters, true);
  return seen;
}

/**
 * The most plausible constants: softened least squares of the logarithms with the priors as ridge, by Gauss-Newton steps with
 * numerical derivatives, damped until each step improves. Deterministic.
 * @param from where to start: constants of a fit to nearly the same observations save steps
 */
export function fit(observations: readonly Observation[], from: Parameters = {}): Record<string, number> {
  const reads = observations.map(namesOf);
  const names = [...new Set(reads.flatMap((set) => [...set]))].toSorted();
  const priors = names.map(priorOf);
  const readers = names.map((name) => reads.flatMap((set, row) => (set.has(name) ? [row] : [])));
  const weights = weightsOf(observations);
  const point: Record<string, number> = Object.fromEntries(
    names.map((name, index) => [name, from[name] ?? priors[index]!.mean]),
  );
  const errorOf = (row: number, at: Parameters): number =>
    softened((weights[row]! * (predictLog(observations[row]!, at, true) - observations[row]!.logSeconds)) / noise);
  const errorsAt = (at: Parameters): number[] => observations.map((_, row) => errorOf(row, at));
  const ridgeAt = (at: Parameters): number[] =>
    names.map((name, index) => (at[name]! - priors[index]!.mean) / priors[index]!.deviation);
  const costAt = (errors: readonly number[], ridge: readonly number[]): number =>
    [...errors, ...ridge].reduce((sum, e) => sum + e * e, 0);

  let errors = errorsAt(point);
  let cost = costAt(errors, ridgeAt(point));
  let damping = 1e-3;
  for (let round = 0; round < 40; round++) {
    const slopes = names.map((name, index) => {
      const moved = { ...point, [name]: point[name]! + step };
      return new Map(readers[index]!.map((row) => [row, (errorOf(row, moved) - errors[row]!) / step]));
    });
    const ridge = ridgeAt(point);
    const gradient = slopes.map((column, i) => dot(column, (row) => errors[row]!) + ridge[i]! / priors[i]!.deviation);
    const normal = slopes.map((a, i) =>
      slopes.map((b, j) => dot(a, (row) => b.get(row) ?? 0) + (i === j ? priors[i]!.deviation ** -2 : 0)),
    );
    const before = cost;
    for (let attempt = 0; attempt < 10; attempt++) {
      const damped = normal.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) : value)));
      const change = solveLinear(damped, gradient);
      const next = Object.fromEntries(names.map((name, index) => [name, point[name]! - change[index]!]));
      const found = errorsAt(next);
      const foundCost = costAt(found, ridgeAt(next));
      if (foundCost < cost) {
        Object.assign(point, next);
        errors = found;
        cost = foundCost;
        damping = Math.max(damping / 10, 1e-9);
        break;
      }
      damping *= 10;
    }
    if (before - cost < 1e-5 * before) break;
  }
  return point;
}

/** Step of the numerical derivative, of a logarithm. */
const step = 1e-4;

const dot = (column: ReadonlyMap<number, number>, other: (row: number) => number): number => {
  let sum = 0;
  for (const [row, value] of column) sum += value * other(row);
  return sum;
};

/** Many figures of one source about one GPU are not as many witnesses. */
function weightsOf(observations: readonly Observation[]): number[] {
  const key = ({ figure }: Observation): string => `${figure.source} ${figure.gpu}`;
  const crowd = Map.groupBy(observations, key);
  return observations.map((each) => 1 / Math.sqrt(Math.max(1, crowd.get(key(each))!.length / 4)));
}

/** Solves a symmetric positive system by Gaussian elimination with pivots. */
function solveLinear(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]!;
    for (let row = column + 1; row < size; row++) {
      const factor = rows[row]![column]! / lead[column]!;
      if (factor !== 0) for (let k = column; k <= size; k++) rows[row]![k]! -= factor * lead[k]!;
    }
  }
  const result = Array.from({ length: size }, () => 0);
  for (let row = size - 1; row >= 0; row--) {
    let value = rows[row]![size]!;
    for (let column = row + 1; column < size; column++) value -= rows[row]![column]! * result[column]!;
    result[row] = value / rows[row]![row]!;
  }
  return result;
}
