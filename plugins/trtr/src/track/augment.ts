import type { Random } from "@epochmark/plugin-kit";

/** What the first frame's samples differ by. */
type Change =
  | { kind: "shift"; by: readonly [number, number] }
  | { kind: "flip" }
  | { kind: "blur"; sigma: readonly [number, number] }
  | { kind: "turn"; degrees: number };

/** The official 23: as it is, four shifts by 0.6 of half the side, flipped, five blurs, twelve turns of up to 60 degrees. */
export const changes: readonly Change[] = [
  { kind: "shift", by: [0, 0] },
  ...[1, -1].flatMap((y) => [1, -1].map((x) => ({ kind: "shift", by: [0.6 * x, 0.6 * y] }) as const)),
  { kind: "flip" },
  ...(
    [
      [3, 1],
      [1, 3],
      [2, 2],
      [3, 3],
      [5, 5],
    ] as const
  ).map((sigma) => ({ kind: "blur", sigma }) as const),
  ...[10, -10, 20, -20, 30, -30, 40, -40, 50, -50, 60, -60].map((degrees) => ({ kind: "turn", degrees }) as const),
];

/** Copies of the first sample with features dropped, and the share that is dropped. */
export const dropped = { copies: 7, rate: 0.2 } as const;

/** How far a change moves the target, in shares of the side. */
export function moved(change: Change): readonly [number, number] {
  return change.kind === "shift" ? [change.by[0] / 2, change.by[1] / 2] : [0, 0];
}

/**
 * The middle [3, side, side] of an image [3, 2 side, 2 side], changed about its centre, bilinear.
 */
export function changed(image: Float32Array, side: number, change: Change): Float32Array {
  const wide = 2 * side;
  const source = change.kind === "blur" ? blurred(image, wide, change.sigma) : image;
  const result = new Float32Array(3 * side ** 2);
  const [dx, dy] = moved(change);
  const angle = change.kind === "turn" ? (change.degrees * Math.PI) / 180 : 0;
  const [sin, cos, mirror] = [Math.sin(angle), Math.cos(angle), change.kind === "flip" ? -1 : 1];
  const limit = wide - 1.000001;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [x, y] = [mirror * (column + 0.5 - side / 2) - dx * side, row + 0.5 - side / 2 - dy * side];
      const across = Math.min(Math.max(side - 0.5 + cos * x - sin * y, 0), limit);
      const down = Math.min(Math.max(side - 0.5 + sin * x + cos * y, 0), limit);
      const [left, top] = [Math.floor(across), Math.floor(down)];
      const [right, low] = [across - left, down - top];
      for (let channel = 0; channel < 3; channel++) {
        const at = (channel * wide + top) * wide + left;
        const above = source[at]! * (1 - right) + source[at + 1]! * right;
        const below = source[at + wide]! * (1 - right) + source[at + wide + 1]! * right;
        result[(channel * side + row) * side + column] = above * (1 - low) + below * low;
      }
    }
  return result;
}

/** Gaussian blur by columns and rows, edges repeated. */
function blurred(image: Float32Array, side: number, [across, down]: readonly [number, number]): Float32Array {
  return along(along(image, side, across, 1), side, down, side);
}

function along(image: Float32Array, side: number, sigma: number, stride: number): Float32Array {
  const reach = Math.ceil(2.5 * sigma);
  const bells = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)));
  const sum = bells.reduce((a, b) => a + b);
  const result = new Float32Array(image.length);
  for (let at = 0; at < image.length; at++) {
    const place = Math.floor(at / stride) % side;
    let value = 0;
    for (let k = -reach; k <= reach; k++) {
      const near = Math.min(Math.max(place + k, 0), side - 1);
      value += bells[k + reach]! * image[at + (near - place) * stride]!;
    }
    result[at] = value / sum;
  }
  return result;
}

/** Features [cells, channels] with whole channels dropped, the others made larger by as much. */
export function dropChannels(features: Float32Array, channels: number, random: Random): Float32Array {
  const factors = Array.from({ length: channels }, () =>
    random.uniform() < dropped.rate ? 0 : 1 / (1 - dropped.rate),
  );
  return features.map((value, at) => value * factors[at % channels]!);
}
