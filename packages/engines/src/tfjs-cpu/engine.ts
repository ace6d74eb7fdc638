import type { Arrays, Program } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import { type Tensor, setBackend, tensor, tidy, version } from "@tensorflow/tfjs";
import { checkInputs, checkState } from "../check-inputs.ts";
import { type Engine, type LoadOptions, type Session, UnsupportedError } from "../engine.ts";

/** The plugin's own function, run eagerly on tfjs's plain JavaScript backend: slow, and the oracle that others are held against. */
export const tfjsCpu: Engine = {
  id: "tfjs-cpu",
  version: version["tfjs-core"] ?? "unknown",
  kind: "eager",
  probe: async () => [{ id: "cpu", kind: "cpu", name: null, usable: true, reason: null }],
  load: async (program, options) => {
    if (options.device !== "cpu") throw new UnsupportedError(`tfjs-cpu has no device "${options.device}": use cpu`);
    checkState(program, options.state);
    const start = performance.now();
    await setBackend("cpu");
    return new TfjsSession(program, options, start);
  },
};

class TfjsSession implements Session {
  readonly placement: Record<string, number> = {};
  readonly strays: Record<string, number> = {};
  readonly sessionMs: number;
  readonly #program: Program;
  #state: Record<string, Tensor> | undefined;

  constructor(program: Program, { state }: LoadOptions, start: number) {
    this.#program = program;
    // A copy: tfjs keeps the array that it is given.
    this.#state = toTensors(program.step.state, state, (data) => data.slice());
    this.sessionMs = performance.now() - start;
  }

  async run(inputs: Arrays): Promise<Arrays> {
    this.#open();
    checkInputs(this.#program, inputs);
    await setBackend("cpu");
    const before = this.#open();
    const result = tidy(() => {
      const fed = toTensors(this.#program.inputs, inputs, (data) => data);
      return this.#program.step.apply(before, fed) as never;
    }) as ReturnType<Program["step"]["apply"]>;
    const outputs = Object.fromEntries(Object.entries(result.outputs).map(([name, value]) => [name, numbers(value)]));
    this.#state = { ...before, ...result.state };
    // A tensor may be output, old state and new state under several names: what is not state any more goes, once.
    const kept = new Set(Object.values(this.#state));
    for (const value of new Set([...Object.values(before), ...Object.values(result.outputs)]))
      if (!kept.has(value)) value.dispose();
    return outputs;
  }

  async readState(names?: string[]): Promise<Arrays> {
    const state = this.#open();
    return Object.fromEntries(
      (names ?? Object.keys(state)).map((name) => {
        const value = state[name];
        if (!value) throw new Error(`${this.#program.name}: there is no state "${name}"`);
        return [name, numbers(value)];
      }),
    );
  }

  async dispose(): Promise<void> {
    for (const value of Object.values(this.#state ?? {})) value.dispose();
    this.#state = undefined;
  }

  #open(): Record<string, Tensor> {
    if (!this.#state) throw new Error(`${this.#program.name}: the session is disposed: load the program again`);
    return this.#state;
  }
}

type Data = Arrays[string];

const numbers = (value: Tensor): Data => (value.dataSync() as Float32Array).slice();

/** tfjs has no uint32: the same bits as int32. */
function toTensors(specs: TensorSpec[], arrays: Arrays, own: (data: Data) => Data): Record<string, Tensor> {
  return Object.fromEntries(
    specs.map(({ name, shape, dtype }) => {
      const data = own(arrays[name] as Data);
      const bits = data instanceof Uint32Array ? new Int32Array(data.buffer, data.byteOffset, data.length) : data;
      return [name, tensor(bits, shape, dtype === "uint32" ? "int32" : dtype)];
    }),
  );
}
