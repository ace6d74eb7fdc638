import { createRequire } from "node:module";
import { type Arrays, type Program, writeOnnx } from "@epochmark/compiler";
import * as ort from "onnxruntime-node";
import { checkInputs } from "../check-inputs.ts";
import { type Engine, type LoadOptions, type Session, UnsupportedError } from "../engine.ts";

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };

/** The compiled graph on ONNX Runtime. */
export const onnxruntime: Engine = {
  id: "onnxruntime",
  version,
  kind: "compiled",
  probe: async () => [{ id: "cpu", kind: "cpu", name: null, usable: true, reason: null }],
  load: async (program, options) => {
    if (options.device !== "cpu")
      throw new UnsupportedError(`onnxruntime has no device "${options.device}" here: use cpu`);
    return OnnxSession.create(program, options);
  },
};

class OnnxSession implements Session {
  readonly placement: Record<string, number>;
  readonly sessionMs: number;
  readonly #program: Program;
  readonly #session: ort.InferenceSession;
  readonly #names: ReturnType<typeof writeOnnx>["names"];
  /** State fed to the next step, and the buffers that the step writes the state after it into. */
  #state: Record<string, ort.Tensor>;
  #next: Record<string, ort.Tensor>;
  readonly #frozen: Arrays;

  private constructor(
    program: Program,
    session: ort.InferenceSession,
    onnx: ReturnType<typeof writeOnnx>,
    state: Arrays,
    sessionMs: number,
  ) {
    this.#program = program;
    this.#session = session;
    this.#names = onnx.names;
    this.sessionMs = sessionMs;
    this.placement = { CPUExecutionProvider: onnx.nodeCount };
    const tensors = (make: (name: string, size: number) => Float32Array): Record<string, ort.Tensor> =>
      Object.fromEntries(
        program.state.map(({ name, shape }) => [name, new ort.Tensor("float32", make(name, product(shape)), shape)]),
      );
    this.#state = tensors((name) => Float32Array.from(given(state, name)));
    // Optimizer slots are updated where they lie; parameters, which the backward pass still reads, take turns between two buffers.
    const inPlace = new Set(program.inPlace);
    this.#next = tensors((name, size) =>
      inPlace.has(name) ? (this.#state[name]?.data as Float32Array) : new Float32Array(size),
    );
    this.#frozen = Object.fromEntries(program.frozen.map(({ name }) => [name, given(state, name)]));
  }

  static async create(program: Program, { threads, state }: LoadOptions): Promise<OnnxSession> {
    const start = performance.now();
    const frozen = Object.fromEntries(program.frozen.map(({ name }) => [name, given(state, name)]));
    const onnx = writeOnnx(program.graph, program.name, { frozen, contrib: true });
    const session = await ort.InferenceSession.create(onnx.bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      externalData: onnx.externalData,
    });
    return new OnnxSession(program, session, onnx, state, performance.now() - start);
  }

  async run(inputs: Arrays): Promise<Arrays> {
    checkInputs(this.#program, inputs);
    const { names } = this;
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, shape, dtype } of this.#program.inputs)
      feeds[names.inputs[name] as string] = new ort.Tensor(dtype as "float32", inputs[name] as Float32Array, shape);
    for (const [name, onnxName] of Object.entries(names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const onnxName of Object.values(names.outputs)) fetches[onnxName] = null;
    for (const [name, onnxName] of Object.entries(names.updates)) fetches[onnxName] = this.#next[name] as ort.Tensor;
    const results = await this.#session.run(feeds, fetches);
    [this.#state, this.#next] = [this.#next, this.#state];
    return Object.fromEntries(
      Object.entries(names.outputs).map(([name, onnxName]) => [name, results[onnxName]?.data as Float32Array]),
    );
  }

  private get names(): ReturnType<typeof writeOnnx>["names"] {
    return this.#names;
  }

  async readState(names?: string[]): Promise<Arrays> {
    const all = [...Object.keys(this.#state), ...Object.keys(this.#frozen)];
    return Object.fromEntries(
      (names ?? all).map((name) => [
        name,
        ((this.#state[name]?.data as Float32Array | undefined) ?? given(this.#frozen, name)).slice(),
      ]),
    );
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

const product = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

function given(state: Arrays, name: string): Float32Array {
  const data = state[name];
  if (!data) throw new Error(`there is no state "${name}"`);
  return data as Float32Array;
}
