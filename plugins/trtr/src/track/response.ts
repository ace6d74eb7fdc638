/**
 * A response [side²] of the online filter at the centres of `cells` × `cells` equal cells of the same search image: the
 * trigonometric polynomial through its values (what padding its Fourier transform with zeros gives), times a Hann window.
 */
export function responseAtCells(response: ArrayLike<number>, side: number, cells: number): Float32Array {
  const kernel = Array.from({ length: cells }, (_, cell) => {
    // The filter's cell i lies at i / side of the image.
    const at = ((cell + 0.5) / cells) * side;
    return Array.from({ length: side }, (__, i) => dirichlet(at - i, side));
  });
  const window = Array.from({ length: cells }, (_, cell) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (cell + 0.5)) / cells));
  const rows = Array.from({ length: cells }, (_, row) =>
    Array.from({ length: side }, (__, x) => {
      let sum = 0;
      for (let y = 0; y < side; y++) sum += kernel[row]![y]! * response[y * side + x]!;
      return sum;
    }),
  );
  return Float32Array.from({ length: cells ** 2 }, (_, at) => {
    const [row, column] = [Math.floor(at / cells), at % cells];
    const sum = rows[row]!.reduce((total, value, x) => total + value * kernel[column]![x]!, 0);
    return sum * window[row]! * window[column]!;
  });
}

/** The periodic sinc: 1 at multiples of n, 0 at the other whole numbers; an even n has half of its highest wave. */
function dirichlet(x: number, n: number): number {
  let sum = 1;
  for (let k = 1; k <= (n - 1) / 2; k++) sum += 2 * Math.cos((2 * Math.PI * k * x) / n);
  if (n % 2 === 0) sum += Math.cos(Math.PI * x);
  return sum / n;
}

export interface Peak {
  /** In the response's cells. */
  at: readonly [x: number, y: number];
  value: number;
}

/** The highest value, and the highest further away from it than `radius` in either direction. */
export function peaks(response: ArrayLike<number>, side: number, radius: readonly [number, number]): [Peak, Peak] {
  const highest = (allowed: (x: number, y: number) => boolean): Peak => {
    let best: Peak = { at: [0, 0], value: Number.NEGATIVE_INFINITY };
    for (let at = 0; at < side ** 2; at++) {
      const [x, y] = [at % side, Math.floor(at / side)];
      if (response[at]! > best.value && allowed(x, y)) best = { at: [x, y], value: response[at]! };
    }
    return best;
  };
  const first = highest(() => true);
  const far = (x: number, y: number) => Math.abs(x - first.at[0]) > radius[0] || Math.abs(y - first.at[1]) > radius[1];
  return [first, highest(far)];
}
