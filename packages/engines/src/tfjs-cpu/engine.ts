import type { Arrays, Program } from "@epochmark/compiler";
import { type Tensor, setBackend, tensor, tidy, version } from "@tensorflow/tfjs";
import { checkInputs } from "../check-inputs.ts";
import { type Engine, type LoadOptions, type Session, UnsupportedError } from "../engine.ts";

/** The plugin's own function, run eagerly on tfjs's plain JavaScript backend: slow, and the oracle that others are held against. */
export const tfjsCpu: Engine = {
  id: "tfjs-cpu",
  version: version["tfjs-core"] ?? "unknown",
  kind: "eager",
  probe: async () => [{ id: "cpu", kind: "cpu", name: null, usable: true, reason: null }],
  load: async (program, options) => {
    if (options.device !== "cpu") throw new UnsupportedError(`tfjs-cpu has no device "${options.device}": use cpu`);
    const start = performance.now();
    await setBackend("cpu");
    return new TfjsSession(program, options, start);
  },
};

class TfjsSession implements Session {
  readonly placement: Record<string, number> = {};
  readonly sessionMs: number;
  readonly #program: Program;
  readonly #state: Record<string, Tensor>;

  constructor(program: Program, { state }: LoadOptions, start: number) {
    this.#program = program;
    const specs = program.step.state;
    this.#state = Object.fromEntries(specs.map((spec) => [spec.name, toTensor(state[spec.name], spec)]));
    this.sessionMs = performance.now() - start;
  }

  async run(inputs: Arrays): Promise<Arrays> {
    checkInputs(this.#program, inputs);
    await setBackend("cpu");
    const tensors = tidy(() => {
      const fed = Object.fromEntries(
        this.#program.inputs.map((spec) => [spec.name, toTensor(inputs[spec.name], spec)]),
      );
      const result = this.#program.step.apply(this.#state, fed);
      return { state: { ...result.state }, outputs: { ...result.outputs } } as never as Record<string, Tensor>;
    }) as never as { state: Record<string, Tensor>; outputs: Record<string, Tensor> };
    for (const [name, next] of Object.entries(tensors.state)) {
      const old = this.#state[name];
      if (old === next) continue;
      old?.dispose();
      this.#state[name] = next;
    }
    const outputs = Object.fromEntries(
      Object.entries(tensors.outputs).map(([name, value]) => [name, value.dataSync() as Float32Array]),
    );
    const kept = new Set(Object.values(this.#state));
    for (const value of Object.values(tensors.outputs)) if (!kept.has(value)) value.dispose();
    return outputs;
  }

  async readState(names = Object.keys(this.#state)): Promise<Arrays> {
    return Object.fromEntries(
      names.map((name) => {
        const value = this.#state[name];
        if (!value) throw new Error(`there is no state "${name}"`);
        return [name, (value.dataSync() as Float32Array).slice()];
      }),
    );
  }

  async dispose(): Promise<void> {
    for (const value of Object.values(this.#state)) value.dispose();
  }
}

/** tfjs has no uint32: the same bits as int32. */
function toTensor(
  data: Arrays[string] | undefined,
  { name, shape, dtype }: { name: string; shape: number[]; dtype: string },
): Tensor {
  if (!data) throw new Error(`"${name}" is missing`);
  const values = data instanceof Uint32Array ? new Int32Array(data.buffer, data.byteOffset, data.length) : data;
  return tensor(values, shape, dtype === "float32" ? "float32" : "int32");
}
