/** norm(actual - expected) / norm(expected), over all elements. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} elements, expected ${expected.length}`);
  let [difference, norm] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    difference += (actual[index]! - expected[index]!) ** 2;
    norm += expected[index]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Central differences of `f` at `point`, in float64. */
export function slopes(f: (at: Float64Array) => number, point: ArrayLike<number>, step = 1e-4): Float64Array {
  const at = Float64Array.from(point);
  return at.map((value, index) => {
    const moved = (to: number) => {
      const copy = at.slice();
      copy[index] = to;
      return f(copy);
    };
    return (moved(value + step) - moved(value - step)) / (2 * step);
  });
}

/** The error function by its power series: for |x| up to 4, to 1e-9. */
export function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
