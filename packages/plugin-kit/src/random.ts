/**
 * Seeded random numbers on the host: the same draws on every machine, for batches, initial
 * weights and small masks. A stream is named, so that adding one never shifts another.
 */
export class Random {
  #state: number;

  /** @param seed any integer @param stream what the draws are for, e.g. a parameter's name */
  constructor(seed: number, stream = "") {
    this.#state = fnv1a(`${seed}:${stream}`) || 1;
  }

  /** Next unsigned 32-bit integer (mulberry32). */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (this.uint32() / 4294967296) * (high - low);
  }

  /** Integer in [0, below). */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Normal draw (Box-Muller; one value a call, so that streams stay simple). */
  normal(mean = 0, std = 1): number {
    const u = 1 - this.uniform();
    const v = this.uniform();
    return mean + std * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  /** `count` normal draws by Marsaglia's polar method, both of each pair: several times faster than one by one. */
  normals(count: number, mean = 0, std = 1): Float32Array {
    const values = new Float32Array(count);
    for (let index = 0; index < count; index += 2) {
      const [x, y, square] = this.#insideDisc();
      const factor = std * Math.sqrt((-2 * Math.log(square)) / square);
      values[index] = mean + x * factor;
      // One past the end of an odd count: typed arrays ignore it.
      values[index + 1] = mean + y * factor;
    }
    return values;
  }

  /** Beta(alpha, alpha) draw through two gamma draws (Marsaglia and Tsang, 2000). */
  beta(alpha: number): number {
    const a = this.#gamma(alpha);
    const b = this.#gamma(alpha);
    return a / (a + b);
  }

  /** A uniform point of the unit disc without its centre, and its squared distance from there. */
  #insideDisc(): [number, number, number] {
    for (;;) {
      const x = this.uniform(-1, 1);
      const y = this.uniform(-1, 1);
      const square = x * x + y * y;
      if (square > 0 && square < 1) return [x, y, square];
    }
  }

  #gamma(shape: number): number {
    if (shape < 1) return this.#gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }
}

/** 32-bit FNV-1a of the UTF-8 bytes of `text`. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
