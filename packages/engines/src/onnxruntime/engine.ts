import { createRequire } from "node:module";
import { type Arrays, type OnnxModel, type Program, writeOnnx } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import * as ort from "onnxruntime-node";
import { arrayOf, checkInputs, checkState } from "../check-inputs.ts";
import { type Engine, type LoadOptions, type Session, UnsupportedError } from "../engine.ts";
import { FirstRunProfile } from "./placement.ts";

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
    checkState(program, options.state);
    return OnnxSession.create(program, options);
  },
};

class OnnxSession implements Session {
  placement: Record<string, number> = {};
  readonly sessionMs: number;
  readonly #program: Program;
  readonly #names: OnnxModel["names"];
  #session: ort.InferenceSession | undefined;
  #profile: FirstRunProfile | undefined;
  /** State fed to the next step, and the buffers that the step writes the state after it into. */
  #state: Record<string, ort.Tensor>;
  #next: Record<string, ort.Tensor>;
  readonly #frozen: Arrays;

  private constructor(
    program: Program,
    session: ort.InferenceSession,
    profile: FirstRunProfile,
    names: OnnxModel["names"],
    state: Arrays,
    start: number,
  ) {
    this.#program = program;
    this.#session = session;
    this.#profile = profile;
    this.#names = names;
    this.#state = tensors(program.state, ({ name }) => state[name] as Data);
    // Optimizer slots are updated where they lie; parameters, which the backward pass still reads, take turns between two buffers.
    const inPlace = new Set(program.inPlace);
    this.#next = tensors(program.state, ({ name, shape, dtype }) =>
      inPlace.has(name) ? (this.#state[name]?.data as Data) : (new arrayOf[dtype](product(shape)) as Data),
    );
    this.#frozen = Object.fromEntries(program.frozen.map(({ name }) => [name, state[name] as Data]));
    this.sessionMs = performance.now() - start;
  }

  static async create(program: Program, { threads, state }: LoadOptions): Promise<OnnxSession> {
    const start = performance.now();
    const frozen = Object.fromEntries(program.frozen.map(({ name }) => [name, state[name] as Data]));
    const onnx = writeOnnx(program.graph, program.name, { frozen, contrib: true });
    const profile = new FirstRunProfile();
    try {
      const session = await ort.InferenceSession.create(onnx.bytes, {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: "all",
        // The pattern is one block for the whole step beside the arena that the first step filled: memory twice, no time won.
        enableMemPattern: false,
        externalData: onnx.externalData,
        ...profile.options,
      });
      return new OnnxSession(program, session, profile, onnx.names, state, start);
    } catch (error) {
      profile.discard();
      throw error;
    }
  }

  async run(inputs: Arrays): Promise<Arrays> {
    const session = this.#open();
    checkInputs(this.#program, inputs);
    const names = this.#names;
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, shape, dtype } of this.#program.inputs)
      feeds[names.inputs[name] as string] = new ort.Tensor(dtype as "float32", inputs[name] as Float32Array, shape);
    for (const [name, onnxName] of Object.entries(names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const onnxName of Object.values(names.outputs)) fetches[onnxName] = null;
    for (const [name, onnxName] of Object.entries(names.updates)) fetches[onnxName] = this.#next[name] as ort.Tensor;
    const results = await session.run(feeds, fetches);
    [this.#state, this.#next] = [this.#next, this.#state];
    if (this.#profile) {
      session.endProfiling();
      this.placement = this.#profile.placement();
      this.#profile = undefined;
    }
    return Object.fromEntries(
      Object.entries(names.outputs).map(([name, onnxName]) => [name, results[onnxName]?.data as Data]),
    );
  }

  async readState(names = [...Object.keys(this.#state), ...Object.keys(this.#frozen)]): Promise<Arrays> {
    this.#open();
    return Object.fromEntries(
      names.map((name) => {
        const data = (this.#state[name]?.data as Data | undefined) ?? this.#frozen[name];
        if (!data) throw new Error(`${this.#program.name}: there is no state "${name}"`);
        return [name, data.slice()];
      }),
    );
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
    // Ending the session writes what was profiled, also where no step ever ran.
    this.#profile?.discard();
  }

  #open(): ort.InferenceSession {
    if (!this.#session) throw new Error(`${this.#program.name}: the session is disposed: load the program again`);
    return this.#session;
  }
}

type Data = Arrays[string];

const product = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

const tensors = (specs: TensorSpec[], data: (spec: TensorSpec) => Data): Record<string, ort.Tensor> =>
  Object.fromEntries(
    specs.map((spec) => [spec.name, new ort.Tensor(spec.dtype as "float32", data(spec) as Float32Array, spec.shape)]),
  );
