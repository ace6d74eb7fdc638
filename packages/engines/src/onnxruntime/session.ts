import type { Arrays, OnnxModel, Program } from "@epochmark/compiler";
import type * as ort from "onnxruntime-node";
import { checkInputs } from "../check-inputs.ts";
import type { Session } from "../engine.ts";
import { type Data, type Loaded, type OpenModel, tensor } from "./model.ts";
import { type FirstRunProfile, countByProvider } from "./placement.ts";

/** What all sessions on onnxruntime share; where the state lies, and how a step is fed, is each one's own. */
export abstract class OnnxSession<L extends Loaded = ort.InferenceSession> implements Session {
  placement: Record<string, number> = {};
  strays: Record<string, number> = {};
  operatorMs: Record<string, number> = {};
  sessionMs: number;
  protected readonly program: Program;
  protected readonly names: OnnxModel["names"];
  readonly #frozen: Arrays;
  #session: L | undefined;
  #profile: FirstRunProfile | undefined;

  /** Whether the program's nodes belong on a device that is not the CPU. */
  protected readonly onDevice: boolean;

  protected constructor(
    program: Program,
    { session, names, profile, provider }: OpenModel<L>,
    state: Arrays,
    start: number,
  ) {
    this.program = program;
    this.onDevice = provider !== "cpu";
    this.names = names;
    this.#session = session;
    this.#profile = profile;
    this.#frozen = Object.fromEntries(program.frozen.map(({ name }) => [name, state[name] as Data]));
    this.sessionMs = performance.now() - start;
  }

  async run(inputs: Arrays): Promise<Arrays> {
    const session = this.open();
    checkInputs(this.program, inputs);
    const outputs = await this.step(session, inputs);
    this.endProfile(session);
    return outputs;
  }

  /** Runs one step whose inputs have been checked. */
  protected abstract step(session: L, inputs: Arrays): Promise<Arrays>;
  /** A copy of a state tensor that steps replace; undefined where there is none of that name. */
  protected abstract read(name: string): Promise<Data | undefined>;
  /** Gives back what the session's end does not. */
  protected abstract free(): Promise<void>;

  async readState(names?: string[]): Promise<Arrays> {
    this.open();
    const wanted = names ?? [...this.program.state, ...this.program.frozen].map(({ name }) => name);
    const read: Arrays = {};
    for (const name of wanted) {
      const data = (await this.read(name)) ?? this.#frozen[name]?.slice();
      if (!data) throw new Error(`${this.program.name}: there is no state "${name}"`);
      read[name] = data;
    }
    return read;
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session) await this.free();
    await session?.release();
    // Ending the session writes what was profiled, also where no step ever ran.
    this.#profile?.discard();
  }

  protected open(): L {
    if (!this.#session) throw new Error(`${this.program.name}: the session is disposed: load the program again`);
    return this.#session;
  }

  protected endProfile(session: L): void {
    if (!this.#profile) return;
    session.endProfiling();
    const { placement, operatorMs } = this.#profile.read();
    this.operatorMs = operatorMs;
    this.placement = countByProvider(placement);
    if (this.onDevice) this.strays = placement["CPUExecutionProvider"] ?? {};
    this.#profile = undefined;
  }

  /** Feeds of the program's own inputs. */
  protected feeds(inputs: Arrays): Record<string, ort.Tensor> {
    return Object.fromEntries(
      this.program.inputs.map((spec) => [
        this.names.inputs[spec.name] as string,
        tensor(spec, inputs[spec.name] as Data),
      ]),
    );
  }

  /** The program's outputs among a run's results. */
  protected outputs(results: ort.InferenceSession.ReturnType): Arrays {
    return Object.fromEntries(
      Object.entries(this.names.outputs).map(([name, onnxName]) => [name, results[onnxName]?.data as Data]),
    );
  }
}
