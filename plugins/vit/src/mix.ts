import type { Random } from "@epochmark/plugin-kit";

/**
 * Mixes each image [batch, 3, side, side] and its targets [batch, classes] with those of the flipped batch, in place:
 * CutMix (Yun et al., arXiv 1905.04899) or Mixup (Zhang et al., arXiv 1710.09412), one coin and one λ a batch, as DeiT does.
 * A method with α = 0 is never drawn.
 */
export function mix(
  images: Float32Array,
  targets: Float32Array,
  options: { batch: number; side: number; random: Random; mixup: number; cutmix: number },
): void {
  const { batch, side, random, mixup, cutmix } = options;
  if (!mixup && !cutmix) return;
  const cut = mixup && cutmix ? random.uniform() < 0.5 : cutmix > 0;
  const lambda = random.beta(cut ? cutmix : mixup);
  const partner = flipped(images, batch);
  if (cut) {
    const box = cutBox(lambda, side, random);
    paste(images, partner, box, side);
    blend(targets, flipped(targets, batch), 1 - ((box.bottom - box.top) * (box.right - box.left)) / side ** 2);
  } else {
    blend(images, partner, lambda);
    blend(targets, flipped(targets, batch), lambda);
  }
}

interface Box {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** A square of area 1 - λ around a uniform centre, cut off at the border. */
function cutBox(lambda: number, side: number, random: Random): Box {
  const half = Math.floor(Math.floor(side * Math.sqrt(1 - lambda)) / 2);
  const [y, x] = [random.integer(side), random.integer(side)];
  const inside = (n: number) => Math.min(Math.max(n, 0), side);
  return { top: inside(y - half), bottom: inside(y + half), left: inside(x - half), right: inside(x + half) };
}

function paste(images: Float32Array, partner: Float32Array, { top, bottom, left, right }: Box, side: number): void {
  for (let plane = 0; plane < images.length; plane += side * side)
    for (let row = top; row < bottom; row++) {
      const start = plane + row * side;
      images.set(partner.subarray(start + left, start + right), start + left);
    }
}

/** values ← λ values + (1 - λ) partner. */
function blend(values: Float32Array, partner: Float32Array, lambda: number): void {
  for (let i = 0; i < values.length; i++) values[i] = lambda * values[i]! + (1 - lambda) * partner[i]!;
}

/** A copy with the batch in reverse order. */
function flipped(values: Float32Array, batch: number): Float32Array {
  const size = values.length / batch;
  const copy = new Float32Array(values.length);
  for (let i = 0; i < batch; i++) copy.set(values.subarray(i * size, (i + 1) * size), (batch - 1 - i) * size);
  return copy;
}
