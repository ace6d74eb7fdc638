import { Random } from "@epochmark/plugin-kit";

/** Samples that may stand in for one that cannot be read. */
const tries = 16;

/** The order in which a training sees its samples: every epoch all of them once, shuffled anew. */
export class Order {
  readonly #count: number;
  readonly #seed: number;
  #epoch = -1;
  #shuffled = new Uint32Array();

  /** @param count samples of an epoch */
  constructor(count: number, seed: number) {
    this.#count = count;
    this.#seed = seed;
  }

  /** Indices of the samples for one batch (from step 1): the sample itself first, then those that may stand in for it. */
  places(step: number, batch: number): number[][] {
    return Array.from({ length: batch }, (_, index) => {
      const position = (step - 1) * batch + index;
      this.#shuffle(Math.floor(position / this.#count));
      const first = position % this.#count;
      const length = Math.min(tries, this.#count);
      return Array.from({ length }, (_unused, k) => this.#shuffled[(first + k) % this.#count]!);
    });
  }

  #shuffle(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#shuffled = Uint32Array.from({ length: this.#count }, (_, index) => index);
    const random = new Random(this.#seed, `epoch ${epoch}`);
    for (let last = this.#count - 1; last > 0; last--) {
      const other = random.integer(last + 1);
      [this.#shuffled[last], this.#shuffled[other]] = [this.#shuffled[other]!, this.#shuffled[last]!];
    }
  }
}
