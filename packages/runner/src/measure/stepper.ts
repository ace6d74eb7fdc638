import type { Arrays } from "@epochmark/compiler";
import type { Session } from "@epochmark/engines";
import { configFor, type Model, Random } from "@epochmark/plugin-kit";
import type { Phase } from "@epochmark/schema";
import type { OpenRequest } from "./open.ts";

/** So many different batches are fed in turn, so that nothing can be gained by remembering one. */
const distinctBatches = 4;

/**
 * Batches made on the host before anything is timed; deterministic in the seed. Training batches carry the
 * learning rate and the count of steps 1, 2, ... of the recipe.
 */
export function makeBatches(
  { model, phase, size, build, batch, seed }: OpenRequest,
  count = distinctBatches,
): Promise<Arrays[]> {
  const config: unknown = configFor(model as Model, { size, ...build });
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      model.makeBatch(config, {
        phase,
        batch,
        random: new Random(seed, `batch ${index}`),
        source: "synthetic",
        step: index + 1,
      }),
    ),
  );
}

/** Runs a session step after step as training does: next batch, next step count, outputs read and checked. */
export class Stepper {
  readonly #session: Session;
  readonly #batches: readonly Arrays[];
  readonly #lossName: string | undefined;
  #steps = 0;
  #loss: number | null = null;
  #engineMs = 0;

  /** @param lossName the output that is the total loss; none in inference */
  constructor(session: Session, batches: readonly Arrays[], phase: Phase, outputNames: readonly string[]) {
    this.#session = session;
    this.#batches = batches;
    this.#lossName = phase === "infer" ? undefined : outputNames[0];
  }

  /** Loss of the last step; null in inference. */
  get loss(): number | null {
    return this.#loss;
  }

  /** Time that the engine's own calls have taken so far, in ms. */
  get engineMs(): number {
    return this.#engineMs;
  }

  /** One step with its outputs on the host. @throws when an output is not finite */
  async step(): Promise<Arrays> {
    const inputs = this.#batches[this.#steps % this.#batches.length] as Arrays;
    if (inputs.step) inputs.step[0] = this.#steps + 1;
    const start = performance.now();
    const outputs = await this.#session.run(inputs);
    this.#engineMs += performance.now() - start;
    this.#check(outputs);
    return outputs;
  }

  #check(outputs: Arrays): void {
    this.#steps++;
    if (this.#lossName === undefined) requireFinite(`output of step ${this.#steps}`, checksum(outputs));
    else {
      this.#loss = outputs[this.#lossName]?.[0] ?? Number.NaN;
      requireFinite(`loss of step ${this.#steps}`, this.#loss);
    }
  }
}

/** Elements of an output that are looked at. */
const looks = 4096;

/**
 * Sum of elements from all over the outputs. They are on the host as a whole by then; to add up a photograph's millions
 * would take as long as a fast GPU takes to make it.
 */
function checksum(outputs: Arrays): number {
  let sum = 0;
  for (const values of Object.values(outputs)) {
    const stride = Math.ceil(values.length / looks);
    for (let i = 0; i < values.length; i += stride) sum += values[i] as number;
  }
  return sum;
}

function requireFinite(what: string, value: number): void {
  if (!Number.isFinite(value)) throw new Error(`the ${what} is ${value}, not a finite number`);
}
