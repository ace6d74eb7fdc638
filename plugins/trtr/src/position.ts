const { fround } = Math;

/** Which cells of a feature map show the image: the others show what lies beyond its edges. */
export type Inside = (row: number, column: number) => boolean;

/**
 * DETR's fixed sine code of a `rows` × `columns` feature map, [rows * columns, dim] row-major: the first half of the
 * channels codes y, the second x; only cells inside count, from 1, along the cell's own column and row, the last one is 2π;
 * sines on even channels, cosines on odd ones, temperature 10000. Rounded to float32 after every operation, as the official
 * code computes it.
 */
export function sinePositions(rows: number, columns: number, dim: number, inside: Inside = () => true): Float32Array {
  const half = dim / 2;
  const wavelengths = Array.from({ length: half }, (_, k) =>
    fround(10_000 ** fround(fround(2 * Math.floor(k / 2)) / half)),
  );
  const known = new Map<number, Float32Array>();
  const codeOf = (count: number, all: number): Float32Array => {
    const place = fround(fround(count / fround(all + 1e-6)) * fround(2 * Math.PI));
    const found =
      known.get(place) ??
      Float32Array.from(wavelengths, (wavelength, k) => {
        const angle = fround(place / wavelength);
        return k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      });
    known.set(place, found);
    return found;
  };
  const [down, across] = [new Int32Array(rows * columns), new Int32Array(rows * columns)];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const one = inside(row, column) ? 1 : 0;
      down[at] = one + (row > 0 ? down[at - columns]! : 0);
      across[at] = one + (column > 0 ? across[at - 1]! : 0);
    }
  const code = new Float32Array(rows * columns * dim);
  for (let at = 0; at < rows * columns; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    code.set(codeOf(down[at]!, down[(rows - 1) * columns + column]!), at * dim);
    code.set(codeOf(across[at]!, across[(row + 1) * columns - 1]!), at * dim + half);
  }
  return code;
}
