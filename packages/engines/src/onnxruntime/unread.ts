import { type Program, type Arrays, writeIdentity } from "@epochmark/compiler";
import * as ort from "onnxruntime-node";
import { checkInputs } from "../check-inputs.ts";
import type { LoadOptions, UnreadSession } from "../engine.ts";
import { type Data, type OpenModel, type Provider, openModel, tensor } from "./model.ts";

/** A program all of whose results stay in the device's buffers: a run ends when the work has been handed over. */
export class UnreadOnDevice implements UnreadSession {
  readonly #program: Program;
  readonly #model: OpenModel;
  readonly #probe: ort.InferenceSession;
  #state: Record<string, ort.Tensor>;

  private constructor(program: Program, model: OpenModel, probe: ort.InferenceSession, state: Arrays) {
    this.#program = program;
    this.#model = model;
    this.#probe = probe;
    this.#state = Object.fromEntries(program.state.map((spec) => [spec.name, tensor(spec, state[spec.name] as Data)]));
  }

  static async create(program: Program, provider: Provider, options: LoadOptions): Promise<UnreadOnDevice> {
    const model = await openModel(program, {
      provider,
      ...options,
      // While it is profiled the device is waited for.
      profile: false,
      locations: ({ outputs, updates }) =>
        Object.fromEntries([...Object.values(outputs), ...Object.values(updates)].map((name) => [name, "gpu-buffer"])),
    });
    const probe = await ort.InferenceSession.create(writeIdentity(one), { executionProviders: [provider] });
    return new UnreadOnDevice(program, model, probe, options.state);
  }

  async run(inputs: Arrays): Promise<void> {
    checkInputs(this.#program, inputs);
    const { session, names } = this.#model;
    const feeds: Record<string, ort.Tensor> = {};
    for (const spec of this.#program.inputs)
      feeds[names.inputs[spec.name] as string] = tensor(spec, inputs[spec.name] as Data);
    for (const [name, onnxName] of Object.entries(names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    const results = await session.run(feeds);
    const before = Object.values(this.#state);
    this.#state = Object.fromEntries(
      Object.entries(names.updates).map(([name, onnxName]) => [name, results[onnxName] as ort.Tensor]),
    );
    const kept = new Set(Object.values(this.#state));
    release([...before, ...Object.values(results)].filter((value) => !kept.has(value)));
  }

  /** What a device is given it does in order: once this is read, all before it is done. */
  async drain(): Promise<void> {
    await this.#probe.run({ x: tensor(one, Float32Array.of(1)) });
  }

  async dispose(): Promise<void> {
    await this.drain();
    release(Object.values(this.#state));
    await this.#probe.release();
    await this.#model.session.release();
  }
}

const one = { name: "x", dtype: "float32" as const, shape: [1] };

function release(values: readonly ort.Tensor[]): void {
  for (const value of new Set(values)) if (value.location !== "cpu") value.dispose();
}
