import { type Arrays, peakHeldBytes, type Program } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import type { LoadOptions } from "../engine.ts";
import { type Binding, type Bound, type CudaUse, NativeSession, type Slot } from "./c-api.ts";
import { type Data, type OpenModel, loadWritten } from "./model.ts";
import { OnnxSession } from "./session.ts";

type Slots = Record<string, Slot>;

/**
 * State where the session computes, with no copy: steps read and write memory that was bound once. Optimizer slots are
 * written where they lie; parameters, which the backward pass still reads, take turns between two places.
 */
export class BoundSession extends OnnxSession<NativeSession> {
  readonly #inputs: Slots;
  readonly #outputs: Slots;
  /** State fed to the next step, and where the step writes the state after it. */
  #state: Slots;
  #next: Slots;
  /** The next step, and the one after it. */
  #turn: Binding;
  #other: Binding;

  private constructor(program: Program, model: OpenModel<NativeSession>, state: Arrays, start: number) {
    super(program, model, state, start);
    const { session } = model;
    const slots = (specs: readonly TensorSpec[], from?: Arrays): Slots =>
      Object.fromEntries(specs.map((spec) => [spec.name, session.slot(spec, from?.[spec.name])]));
    const inPlace = new Set(program.inPlace);
    this.#inputs = slots(program.inputs);
    this.#outputs = slots(program.outputs);
    this.#state = slots(program.state, state);
    this.#next = { ...this.#state, ...slots(program.state.filter(({ name }) => !inPlace.has(name))) };
    this.#turn = this.#bind(session, this.#state, this.#next);
    this.#other = program.state.length > 0 ? this.#bind(session, this.#next, this.#state) : this.#turn;
  }

  /** On the CPU. */
  static async create(program: Program, options: LoadOptions): Promise<BoundSession> {
    return BoundSession.#open(program, options);
  }

  /** On an NVIDIA card: with each step's launches recorded, where that can be. */
  static async onCuda(program: Program, cuda: Omit<CudaUse, "graphs">, options: LoadOptions): Promise<BoundSession> {
    const open = (graphs: boolean): Promise<BoundSession> => BoundSession.#open(program, options, { ...cuda, graphs });
    if (!isComputed(program)) return open(false);
    try {
      return await open(true);
    } catch (error) {
      // A node has no kernel on the card.
      if (!/graph capture/i.test((error as Error).message)) throw error;
      return open(false);
    }
  }

  static async #open(program: Program, options: LoadOptions, cuda?: CudaUse): Promise<BoundSession> {
    const start = performance.now();
    const { state, threads } = options;
    const provider = cuda ? "cuda" : "cpu";
    const model = await loadWritten(program, { provider, ...options }, (onnx, { optimize, profile }) =>
      NativeSession.create(onnx, {
        threads,
        optimize,
        ...profile,
        ...(cuda ? { cuda } : { heldBytes: peakHeldBytes(program.graph) }),
      }),
    );
    const session = new BoundSession(program, model, state, start);
    if (!cuda?.graphs) return session;
    try {
      await session.#record(model, state);
    } catch (error) {
      await session.dispose();
      throw error;
    }
    session.sessionMs = performance.now() - start;
    return session;
  }

  /** Has the launches of both turns recorded. That computes steps that nobody asked for: the state is set back after it. */
  async #record({ session, profile }: OpenModel<NativeSession>, state: Arrays): Promise<void> {
    if (profile) {
      await session.runUnrecorded(this.#turn);
      this.endProfile(session);
    }
    for (const binding of new Set([this.#turn, this.#other])) await session.run(binding);
    for (const [name, slot] of Object.entries(this.#state)) slot.write(state[name] as Data);
  }

  #bind(session: NativeSession, before: Slots, after: Slots): Binding {
    const { inputs, outputs, state } = this.program;
    const bound = (specs: readonly TensorSpec[], names: Record<string, string>, from: Slots): Bound[] =>
      specs.map((spec) => ({ name: names[spec.name] as string, slot: from[spec.name] as Slot }));
    return session.bind(
      [...bound(inputs, this.names.inputs, this.#inputs), ...bound(state, this.names.state, before)],
      [...bound(outputs, this.names.outputs, this.#outputs), ...bound(state, this.names.updates, after)],
    );
  }

  protected override async step(session: NativeSession, inputs: Arrays): Promise<Arrays> {
    for (const [name, slot] of Object.entries(this.#inputs)) slot.write(inputs[name] as Data);
    await session.run(this.#turn);
    [this.#state, this.#next] = [this.#next, this.#state];
    [this.#turn, this.#other] = [this.#other, this.#turn];
    return Object.fromEntries(Object.entries(this.#outputs).map(([name, slot]) => [name, slot.read()]));
  }

  protected override async read(name: string): Promise<Data | undefined> {
    return this.#state[name]?.read();
  }

  protected override async free(): Promise<void> {
    this.#state = {};
    this.#next = {};
  }
}

/**
 * Whether every result depends on what a step is given. One that is a constant onnxruntime makes a weight and copies it
 * in a way that cannot be recorded: the process would end.
 */
export function isComputed({ graph, frozen }: Pick<Program, "graph" | "frozen">): boolean {
  const weights = new Set(frozen.map(({ name }) => name));
  const constant = new Set([
    ...graph.constants.keys(),
    ...graph.state.filter(({ name }) => weights.has(name)).map(({ value }) => value),
  ]);
  for (const { inputs, output } of graph.nodes) if (inputs.every((value) => constant.has(value))) constant.add(output);
  return [...graph.outputs, ...graph.updates].every(({ value }) => !constant.has(value));
}
