import type { Random } from "@epochmark/plugin-kit";

/** A camera's path while the shutter is open, as weights of the pixel offsets that it passes; they sum to 1. */
export interface BlurKernel {
  /** Offsets reach from -radius to radius in both directions. */
  radius: number;
  offsets: { dx: number; dy: number; weight: number }[];
}

const positions = 2000;

/**
 * A random trajectory as DeblurGAN draws its synthetic blur (Kupyn et al., CVPR 2018, algorithm 1, after Boracchi and Foi,
 * 2012): a point that flies on by inertia, is shaken a little, now and then turned round, and pulled back; its positions are
 * spread bilinearly over the pixels around them.
 * @param length of the whole path, in pixels
 */
export function drawBlurKernel(random: Random, length: number): BlurKernel {
  const stride = length / (positions - 1);
  const inertia = random.uniform(0, 0.7);
  const turnChance = random.uniform(0, 0.2);
  const shake = random.uniform(0, 0.7);
  const impulse = 0.005;
  const angle = random.uniform(0, 2 * Math.PI);
  let [vx, vy] = [stride * Math.cos(angle), stride * Math.sin(angle)];
  let [x, y] = [0, 0];
  const path = [{ x, y }];
  for (let t = 1; t < positions; t++) {
    const turned = random.uniform() < turnChance * impulse;
    const by = Math.PI + random.uniform(-0.5, 0.5);
    const [tx, ty] = turned
      ? [2 * (vx * Math.cos(by) - vy * Math.sin(by)), 2 * (vx * Math.sin(by) + vy * Math.cos(by))]
      : [0, 0];
    vx += tx + impulse * (shake * random.normal() - inertia * x * stride);
    vy += ty + impulse * (shake * random.normal() - inertia * y * stride);
    const speed = Math.hypot(vx, vy);
    [vx, vy] = [(vx / speed) * stride, (vy / speed) * stride];
    [x, y] = [x + vx, y + vy];
    path.push({ x, y });
  }
  return rasterise(path);
}

/** Moves the path's mean to the middle, so that blurred and sharp picture stay in place. */
function rasterise(path: readonly { x: number; y: number }[]): BlurKernel {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    path.reduce((sum, point) => sum + of(point), 0) / path.length;
  const [cx, cy] = [mean(({ x }) => x), mean(({ y }) => y)];
  const weights = new Map<string, number>();
  for (const { x, y } of path) {
    const [px, py] = [x - cx, y - cy];
    const [left, top] = [Math.floor(px), Math.floor(py)];
    for (const [dx, wx] of [
      [left, left + 1 - px],
      [left + 1, px - left],
    ] as const)
      for (const [dy, wy] of [
        [top, top + 1 - py],
        [top + 1, py - top],
      ] as const) {
        const key = `${dx},${dy}`;
        weights.set(key, (weights.get(key) ?? 0) + (wx * wy) / path.length);
      }
  }
  const offsets = [...weights].map(([key, weight]) => {
    const [dx, dy] = key.split(",").map(Number) as [number, number];
    return { dx, dy, weight };
  });
  const radius = Math.max(...offsets.flatMap(({ dx, dy }) => [Math.abs(dx), Math.abs(dy)]));
  return { radius, offsets };
}

/**
 * Blurs planes [channels, side + 2 margin, side + 2 margin] to [channels, side, side].
 * @throws RangeError when the kernel reaches beyond the margin
 */
export function blur(planes: Float32Array, side: number, margin: number, kernel: BlurKernel): Float32Array {
  if (kernel.radius > margin)
    throw new RangeError(`a blur of radius ${kernel.radius} needs a margin as wide, not ${margin}`);
  const width = side + 2 * margin;
  const channels = planes.length / width ** 2;
  const result = new Float32Array(channels * side ** 2);
  for (let channel = 0; channel < channels; channel++)
    for (const { dx, dy, weight } of kernel.offsets)
      for (let row = 0; row < side; row++) {
        const from = channel * width ** 2 + (row + margin + dy) * width + margin + dx;
        const to = channel * side ** 2 + row * side;
        for (let column = 0; column < side; column++) result[to + column]! += weight * planes[from + column]!;
      }
  return result;
}
