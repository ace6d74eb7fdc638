import type { Arrays, Program } from "@epochmark/compiler";
import type * as ort from "onnxruntime-node";
import { arrayOf } from "../check-inputs.ts";
import type { LoadOptions } from "../engine.ts";
import { type Data, type OpenModel, type Provider, openModel, sizeOf, tensor } from "./model.ts";
import { OnnxSession } from "./session.ts";

/**
 * State in host memory, in two buffers that take turns: for the CPU, and for providers that give no other place for it
 * (each step then carries it there and back).
 */
export class HostStateSession extends OnnxSession {
  /** State fed to the next step, and the buffers that the step writes the state after it into. */
  #state: Record<string, ort.Tensor>;
  #next: Record<string, ort.Tensor>;

  private constructor(program: Program, model: OpenModel, state: Arrays, inPlace: ReadonlySet<string>, start: number) {
    super(program, model, state, start);
    this.#state = Object.fromEntries(program.state.map((spec) => [spec.name, tensor(spec, state[spec.name] as Data)]));
    // Optimizer slots are updated where they lie; parameters, which the backward pass still reads, take turns between two buffers.
    this.#next = Object.fromEntries(
      program.state.map((spec) => {
        const own = this.#state[spec.name] as ort.Tensor;
        return [
          spec.name,
          inPlace.has(spec.name) ? own : tensor(spec, new arrayOf[spec.dtype](sizeOf(spec.shape)) as Data),
        ];
      }),
    );
  }

  static async create(program: Program, provider: Provider, options: LoadOptions): Promise<HostStateSession> {
    const start = performance.now();
    const model = await openModel(program, { provider, ...options });
    // The proof of in-place updates is about kernels that work on the very buffers: the CPU's.
    const inPlace = new Set(provider === "cpu" ? program.inPlace : []);
    return new HostStateSession(program, model, options.state, inPlace, start);
  }

  protected override async step(session: ort.InferenceSession, inputs: Arrays): Promise<Arrays> {
    const feeds = this.feeds(inputs);
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const [name, onnxName] of Object.entries(this.names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    for (const onnxName of Object.values(this.names.outputs)) fetches[onnxName] = null;
    for (const [name, onnxName] of Object.entries(this.names.updates))
      fetches[onnxName] = this.#next[name] as ort.Tensor;
    const results = await session.run(feeds, fetches);
    [this.#state, this.#next] = [this.#next, this.#state];
    for (const onnxName of Object.values(this.names.updates)) discard(results[onnxName]);
    return this.outputs(results);
  }

  protected override async read(name: string): Promise<Data | undefined> {
    return (this.#state[name]?.data as Data | undefined)?.slice();
  }

  protected override async free(): Promise<void> {
    this.#state = {};
    this.#next = {};
  }
}

/**
 * Gives back at once what onnxruntime's binding copied out of a result whose buffer was given: the whole state again after
 * every step, which the garbage collector would leave lying for several steps.
 */
function discard(copy: ort.Tensor | undefined): void {
  const data = copy?.location === "cpu" ? copy.data : undefined;
  if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) data.buffer.transfer(0);
}
