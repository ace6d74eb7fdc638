import { type Arrays, type Program, loopSteps, writeLoop } from "@epochmark/compiler";
import * as ort from "onnxruntime-node";
import { arrayOf, checkInputs } from "../check-inputs.ts";
import type { LoadOptions } from "../engine.ts";
import { type Data, type OpenModel, type Provider, openModel, sizeOf, tensor } from "./model.ts";
import { OnnxSession } from "./session.ts";

/** Largest share of a call that may go to carrying the state to the device and back. */
const copyShare = 0.01;
/** Batches that one call may stack up, in bytes: what a host has to spare. */
const stackBytes = 1 << 30;

/**
 * Many steps a call, for a device that gives the host no tensor of its own (CUDA): state goes to the device once, is
 * carried from step to step there, and comes back once. A call's fixed cost is learned from calls of one step and of
 * several, and calls are then made so long that it is under 1 % of them.
 */
export class LoopSession extends OnnxSession {
  #state: Record<string, ort.Tensor>;
  /** Time of calls by their number of steps, in ms: the shortest seen. */
  readonly #calls = new Map<number, number>();

  private constructor(program: Program, model: OpenModel, state: Arrays, start: number) {
    super(program, model, state, start);
    this.#state = Object.fromEntries(program.state.map((spec) => [spec.name, tensor(spec, state[spec.name] as Data)]));
  }

  static async create(program: Program, provider: Provider, options: LoadOptions): Promise<LoopSession> {
    const start = performance.now();
    const model = await openModel(program, { provider, ...options, write: writeLoop });
    return new LoopSession(program, model, options.state, start);
  }

  /** Steps that a call should have; 1 until calls of different length were seen. */
  get stepsPerCall(): number {
    const bytes = this.program.inputs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    return stepsPerCall(this.#calls, Math.max(1, Math.floor(stackBytes / Math.max(1, bytes))));
  }

  /** Several steps in one call: their batches in order, and the outputs of each. */
  async runMany(batches: readonly Arrays[]): Promise<Arrays[]> {
    const session = this.open();
    for (const inputs of batches) checkInputs(this.program, inputs);
    const outputs = await this.#call(session, batches);
    this.endProfile(session);
    return outputs;
  }

  protected override async step(session: ort.InferenceSession, inputs: Arrays): Promise<Arrays> {
    const [outputs] = await this.#call(session, [inputs]);
    return outputs as Arrays;
  }

  async #call(session: ort.InferenceSession, batches: readonly Arrays[]): Promise<Arrays[]> {
    const start = performance.now();
    const count = batches.length;
    const { names, program } = this;
    const feeds: Record<string, ort.Tensor> = {
      [loopSteps]: new ort.Tensor("int64", BigInt64Array.of(BigInt(count)), []),
    };
    for (const { name, dtype, shape } of program.inputs) {
      const size = sizeOf(shape);
      const stack = new arrayOf[dtype](count * size);
      for (const [i, inputs] of batches.entries()) stack.set(inputs[name] as Data, i * size);
      feeds[names.inputs[name] as string] = tensor({ name, dtype, shape: [count, ...shape] }, stack as Data);
    }
    for (const [name, onnxName] of Object.entries(names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    const results = await session.run(feeds);
    this.#state = Object.fromEntries(
      Object.entries(names.updates).map(([name, onnxName]) => [name, results[onnxName] as ort.Tensor]),
    );
    const ms = performance.now() - start;
    this.#calls.set(count, Math.min(ms, this.#calls.get(count) ?? Infinity));
    return batches.map((_, i) =>
      Object.fromEntries(
        program.outputs.map(({ name, shape }) => {
          const all = results[names.outputs[name] as string]?.data as Data;
          const size = sizeOf(shape);
          return [name, all.slice(i * size, (i + 1) * size)];
        }),
      ),
    );
  }

  protected override async read(name: string): Promise<Data | undefined> {
    return (this.#state[name]?.data as Data | undefined)?.slice();
  }

  protected override async free(): Promise<void> {
    this.#state = {};
  }
}

/**
 * Steps a call must have for its fixed cost to be under 1 % of it, from the times (ms) of calls by their steps: a line
 * through the shortest and the longest of them. @param most what memory allows
 */
export function stepsPerCall(calls: ReadonlyMap<number, number>, most: number): number {
  const seen = [...calls].toSorted(([a], [b]) => a - b);
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || first === last) return Math.min(most, first ? 8 : 1);
  const stepMs = Math.max(1e-3, (last[1] - first[1]) / (last[0] - first[0]));
  const fixedMs = Math.max(0, first[1] - first[0] * stepMs);
  return Math.min(most, Math.max(1, Math.ceil(fixedMs / (copyShare * stepMs))));
}
