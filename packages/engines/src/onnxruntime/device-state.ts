import { type Arrays, type Program, writeIdentity } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import * as ort from "onnxruntime-node";
import type { LoadOptions } from "../engine.ts";
import { type Data, type OpenModel, type Provider, openModel, tensor } from "./model.ts";
import { OnnxSession } from "./session.ts";

/**
 * State in the device's own buffers between steps: what a step returns of it is fed to the next as it is. Outputs come
 * to the host, which waits for the device: a step that has resolved has ended.
 */
export class DeviceStateSession extends OnnxSession {
  readonly #provider: Provider;
  #state: Record<string, ort.Tensor>;
  /** Programs that do nothing but hand a device's tensor to the host, by the tensor's type and shape. */
  readonly #readers = new Map<string, Promise<ort.InferenceSession>>();

  private constructor(program: Program, model: OpenModel, state: Arrays, provider: Provider, start: number) {
    super(program, model, state, start);
    this.#provider = provider;
    this.#state = Object.fromEntries(program.state.map((spec) => [spec.name, tensor(spec, state[spec.name] as Data)]));
  }

  static async create(program: Program, provider: Provider, options: LoadOptions): Promise<DeviceStateSession> {
    const start = performance.now();
    const model = await openModel(program, {
      provider,
      ...options,
      locations: ({ outputs, updates }) => ({
        ...Object.fromEntries(Object.values(outputs).map((name) => [name, "cpu"] as const)),
        ...Object.fromEntries(Object.values(updates).map((name) => [name, "gpu-buffer"] as const)),
      }),
    });
    return new DeviceStateSession(program, model, options.state, provider, start);
  }

  protected override async step(session: ort.InferenceSession, inputs: Arrays): Promise<Arrays> {
    const feeds = this.feeds(inputs);
    for (const [name, onnxName] of Object.entries(this.names.state)) feeds[onnxName] = this.#state[name] as ort.Tensor;
    const results = await session.run(feeds);
    const before = this.#state;
    this.#state = Object.fromEntries(
      Object.entries(this.names.updates).map(([name, onnxName]) => [name, results[onnxName] as ort.Tensor]),
    );
    release(before);
    return this.outputs(results);
  }

  /** Asking a device's tensor for its data ends the process: it goes through a program with its output on the host. */
  protected override async read(name: string): Promise<Data | undefined> {
    const value = this.#state[name];
    if (!value || value.location === "cpu") return (value?.data as Data | undefined)?.slice();
    const spec = this.program.state.find((each) => each.name === name) as TensorSpec;
    const reader = await this.#reader(spec);
    const results = await reader.run({ x: value });
    return (results["y"] as ort.Tensor).data as Data;
  }

  protected override async free(): Promise<void> {
    release(this.#state);
    this.#state = {};
    for (const reader of this.#readers.values()) await (await reader).release();
    this.#readers.clear();
  }

  #reader(spec: TensorSpec): Promise<ort.InferenceSession> {
    const key = `${spec.dtype} ${spec.shape.join()}`;
    const known = this.#readers.get(key);
    if (known) return known;
    const made = ort.InferenceSession.create(writeIdentity(spec), {
      executionProviders: [this.#provider],
      graphOptimizationLevel: "disabled",
    });
    this.#readers.set(key, made);
    return made;
  }
}

/** The garbage collector does not see a device's memory: it is given back at once. */
function release(state: Record<string, ort.Tensor>): void {
  for (const value of Object.values(state)) if (value.location !== "cpu") value.dispose();
}
