import type { Arrays, Program } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import { arrayOf } from "../check-inputs.ts";
import type { LoadOptions } from "../engine.ts";
import { type Binding, type Bound, NativeSession } from "./c-api.ts";
import { type Data, type OpenModel, loadWritten, sizeOf } from "./model.ts";
import { OnnxSession } from "./session.ts";

/**
 * State in the CPU's memory, with no copy: steps read and write arrays that were bound once. Optimizer slots are written
 * where they lie; parameters, which the backward pass still reads, take turns between two arrays.
 */
export class CpuSession extends OnnxSession<NativeSession> {
  readonly #inputs: Arrays;
  readonly #outputs: Arrays;
  /** State fed to the next step, and the arrays that the step writes the state after it into. */
  #state: Arrays;
  #next: Arrays;
  /** The next step, and the one after it. */
  #turn: Binding;
  #other: Binding;

  private constructor(program: Program, model: OpenModel<NativeSession>, state: Arrays, start: number) {
    super(program, model, state, start);
    const inPlace = new Set(program.inPlace);
    this.#inputs = arrays(program.inputs);
    this.#outputs = arrays(program.outputs);
    this.#state = Object.fromEntries(program.state.map(({ name }) => [name, state[name] as Data]));
    this.#next = { ...this.#state, ...arrays(program.state.filter(({ name }) => !inPlace.has(name))) };
    this.#turn = this.#bind(model.session, this.#state, this.#next);
    this.#other = program.state.length > 0 ? this.#bind(model.session, this.#next, this.#state) : this.#turn;
  }

  static async create(program: Program, options: LoadOptions): Promise<CpuSession> {
    const start = performance.now();
    const { state, threads } = options;
    const model = await loadWritten(program, { provider: "cpu", ...options }, (onnx, { optimize, profile }) =>
      NativeSession.create(onnx, { threads, optimize, ...profile }),
    );
    return new CpuSession(program, model, state, start);
  }

  #bind(session: NativeSession, before: Arrays, after: Arrays): Binding {
    const { inputs, outputs, state } = this.program;
    const bound = (specs: readonly TensorSpec[], names: Record<string, string>, from: Arrays): Bound[] =>
      specs.map((spec) => ({ name: names[spec.name] as string, spec, data: from[spec.name] as Data }));
    return session.bind(
      [...bound(inputs, this.names.inputs, this.#inputs), ...bound(state, this.names.state, before)],
      [...bound(outputs, this.names.outputs, this.#outputs), ...bound(state, this.names.updates, after)],
    );
  }

  protected override async step(session: NativeSession, inputs: Arrays): Promise<Arrays> {
    for (const [name, own] of Object.entries(this.#inputs)) own.set(inputs[name] as Data);
    await session.run(this.#turn);
    [this.#state, this.#next] = [this.#next, this.#state];
    [this.#turn, this.#other] = [this.#other, this.#turn];
    return Object.fromEntries(Object.entries(this.#outputs).map(([name, own]) => [name, own.slice()]));
  }

  protected override async read(name: string): Promise<Data | undefined> {
    return this.#state[name]?.slice();
  }

  protected override async free(): Promise<void> {
    this.#state = {};
    this.#next = {};
  }
}

const arrays = (specs: readonly TensorSpec[]): Arrays =>
  Object.fromEntries(specs.map(({ name, dtype, shape }) => [name, new arrayOf[dtype](sizeOf(shape)) as Data]));
