import type { Arrays, Program } from "@epochmark/compiler";
import type * as ort from "onnxruntime-node";
import type { LoadOptions } from "../engine.ts";
import { type Data, type OpenModel, type Provider, openModel, tensor } from "./model.ts";
import { OnnxSession } from "./session.ts";

/**
 * State in host memory, for devices that give no other place for it: each step carries it there, and brings back the
 * state after it.
 */
export class HostStateSession extends OnnxSession {
  #state: Record<string, ort.Tensor>;
  /** Whether the state is what a step made: what it began with is the caller's. */
  #made = false;

  private constructor(program: Program, model: OpenModel, state: Arrays, start: number) {
    super(program, model, state, start);
    this.#state = Object.fromEntries(program.state.map((spec) => [spec.name, tensor(spec, state[spec.name] as Data)]));
  }

  static async create(program: Program, provider: Provider, options: LoadOptions): Promise<HostStateSession> {
    const start = performance.now();
    const model = await openModel(program, { provider, ...options });
    return new HostStateSession(program, model, options.state, start);
  }

  protected override async step(session: ort.InferenceSession, inputs: Arrays): Promise<Arrays> {
    const feeds = this.feeds(inputs);
    for (const [name, onnxName] of Object.entries(this.names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    const results = await session.run(feeds);
    const before = this.#state;
    this.#state = Object.fromEntries(
      Object.entries(this.names.updates).map(([name, onnxName]) => [name, results[onnxName] as ort.Tensor]),
    );
    if (this.#made) for (const old of Object.values(before)) discard(old);
    this.#made = true;
    return this.outputs(results);
  }

  protected override async read(name: string): Promise<Data | undefined> {
    return (this.#state[name]?.data as Data | undefined)?.slice();
  }

  protected override async free(): Promise<void> {
    this.#state = {};
  }
}

/** Gives a tensor's memory back at once: the garbage collector would leave the state of several steps lying. */
function discard({ data }: ort.Tensor): void {
  if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) data.buffer.transfer(0);
}
