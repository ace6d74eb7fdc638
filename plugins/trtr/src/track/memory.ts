/**
 * Which sample is in which place of the online part's memory, and how much it counts. Each new sample counts `rate` of the
 * whole; it takes an empty place, or that of the sample that counts least. The first frame's samples always stay, and count
 * at least a quarter together.
 */
export class Memory {
  readonly weights: Float32Array;
  readonly #first: number;
  #filled: number;

  /** @param first samples of the first frame, in the first places, all alike */
  constructor(places: number, first: number) {
    this.weights = new Float32Array(places).fill(1 / first, 0, first);
    this.#first = first;
    this.#filled = first;
  }

  /** The place for a new sample. */
  take(rate: number): number {
    const place = this.#filled < this.weights.length ? this.#filled++ : this.#least();
    this.weights[place] = 0;
    this.#scale(1 - rate);
    this.weights[place] = rate;
    this.#keepFirst();
    return place;
  }

  #least(): number {
    let least = this.#first;
    for (let place = this.#first + 1; place < this.weights.length; place++)
      if (this.weights[place]! < this.weights[least]!) least = place;
    return least;
  }

  /** The others together are made to weigh `total`. */
  #scale(total: number): void {
    const sum = this.weights.reduce((a, b) => a + b, 0);
    for (const [place, weight] of this.weights.entries()) this.weights[place] = (weight * total) / sum;
  }

  #keepFirst(): void {
    const quarter = 0.25;
    const share = this.weights.subarray(0, this.#first).reduce((a, b) => a + b, 0);
    if (share >= quarter) return;
    for (const [place, weight] of this.weights.entries())
      this.weights[place] = place < this.#first ? quarter / this.#first : (weight * (1 - quarter)) / (1 - share);
  }
}
