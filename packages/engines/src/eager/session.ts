import type { Arrays, Program } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";
import { type Tensor, setBackend, tensor, tidy } from "@tensorflow/tfjs";
import { checkInputs, checkState } from "../check-inputs.ts";
import type { LoadOptions, Session } from "../engine.ts";

/** The plugin's own function, run op by op on a tfjs backend that is registered and has been chosen once. */
export class EagerSession implements Session {
  readonly placement: Record<string, number> = {};
  readonly strays: Record<string, number> = {};
  readonly sessionMs: number;
  readonly #program: Program;
  readonly #backend: string;
  #state: Record<string, Tensor> | undefined;

  /** @throws an error that names the state that does not fit */
  constructor(program: Program, { state }: LoadOptions, backend: string, start: number) {
    checkState(program, state);
    this.#program = program;
    this.#backend = backend;
    this.#choose();
    // A copy: tfjs keeps the array that it is given.
    this.#state = toTensors(program.step.state, state, (data) => data.slice());
    this.sessionMs = performance.now() - start;
  }

  async run(inputs: Arrays): Promise<Arrays> {
    this.#open();
    checkInputs(this.#program, inputs);
    this.#choose();
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

  /** Takes effect at once where the backend has been set up, so that no other session's choice can come between. */
  #choose(): void {
    void setBackend(this.#backend);
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
