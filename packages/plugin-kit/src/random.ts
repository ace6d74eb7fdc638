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

  /** `count` uniform draws in [low, high): the very numbers of one by one, faster. */
  uniforms(count: number, low = 0, high = 1): Float32Array {
    const values = new Float32Array(count);
    let state = this.#state;
    for (let index = 0; index < count; index++) {
      state = (state + increment) | 0;
      values[index] = low + (scrambled(state) / 4294967296) * (high - low);
    }
    this.#state = state;
    return values;
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

  /** `count` normal draws by the ziggurat: many times faster than one by one. */
  normals(count: number, mean = 0, std = 1): Float32Array {
    const values = new Float32Array(count);
    // Whole networks are drawn here: kept in a local variable, the state costs nothing to change.
    let state = this.#state;
    for (let index = 0; index < count; index++) {
      state = (state + increment) | 0;
      const bits = scrambled(state) | 0;
      // Seven bits choose the layer, the other 25 the place in it.
      const layer = bits & (layers - 1);
      const place = (bits >> 7) + 0.5;
      let x = place * stepIn[layer]!;
      if (Math.abs(place) >= inside[layer]!) {
        this.#state = state;
        x = this.#outside(layer, x);
        state = this.#state;
      }
      values[index] = mean + std * x;
    }
    this.#state = state;
    return values;
  }

  /** The draw that began at `x` of a layer, beyond the layer above it: there itself, in the tail, or anew. */
  #outside(layer: number, x: number): number {
    if (layer === 0) return Math.sign(x) * this.#beyond();
    const [low, high] = [density(edges[layer]!), density(edges[layer + 1]!)];
    return this.uniform(low, high) < density(x) ? x : this.normals(1)[0]!;
  }

  /** A draw beyond the ziggurat's last edge (Marsaglia, Technometrics 6, 1964). */
  #beyond(): number {
    for (;;) {
      const x = -Math.log(1 - this.uniform()) / tailFrom;
      if (-2 * Math.log(1 - this.uniform()) >= x * x) return tailFrom + x;
    }
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

/**
 * The ziggurat under exp(-x²/2) (Marsaglia and Tsang, J. Stat. Software 5(8), 2000): layers of one area, the lowest of
 * which holds the tail beyond `tailFrom` as well. `edges` are their right ends, from the lowest up.
 */
const layers = 128;
const tailFrom = 3.442619855899;
const area = 9.91256303526217e-3;
const density = (x: number): number => Math.exp(-0.5 * x * x);
const edges = new Float64Array(layers + 1);
edges[0] = area / density(tailFrom);
edges[1] = tailFrom;
for (let i = 1; i < layers - 1; i++) edges[i + 1] = Math.sqrt(-2 * Math.log(area / edges[i]! + density(edges[i]!)));
/** Of each layer: the step from one of its 2^25 places to the next, and the places that lie in the layer above as well. */
const places = 2 ** 24;
const stepIn = edges.map((edge) => edge / places);
const inside = edges.map((edge, i) => ((edges[i + 1] ?? 0) / edge) * places);

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
