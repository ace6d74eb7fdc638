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
    this.#state = (this.#state + increment) | 0;
    return scrambled(this.#state);
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
    // Whole networks are drawn here: kept in a local variable, the state costs nothing to change.
    let state = this.#state;
    for (let index = 0; index < count; index += 2) {
      let x = 0;
      let y = 0;
      let square = 0;
      do {
        state = (state + increment) | 0;
        x = scrambled(state) / 2147483648 - 1;
        state = (state + increment) | 0;
        y = scrambled(state) / 2147483648 - 1;
        square = x * x + y * y;
      } while (square >= 1 || square === 0);
      const factor = std * Math.sqrt((-2 * Math.log(square)) / square);
      values[index] = mean + x * factor;
      // One past the end of an odd count: typed arrays ignore it.
      values[index + 1] = mean + y * factor;
    }
    this.#state = state;
    return values;
  }

  /** Beta(alpha, alpha) draw through two gamma draws (Marsaglia and Tsang, 2000). */
  beta(alpha: number): number {
    const a = this.#gamma(alpha);
    const b = this.#gamma(alpha);
    return a / (a + b);
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

const increment = 0x6d2b79f5;

/** The draw of a state of mulberry32: an unsigned 32-bit integer. */
function scrambled(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

/** 32-bit FNV-1a of the UTF-8 bytes of `text`. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
