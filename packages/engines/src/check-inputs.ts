import type { Arrays, Program } from "@epochmark/compiler";
import type { TensorSpec } from "@epochmark/schema";

/** Refuses a batch that does not fit the program. @throws an error that names the first input at fault */
export function checkInputs(program: Program, inputs: Arrays): void {
  check(program.name, "input", program.inputs, inputs);
}

/** Refuses initial state that does not fit the program. @throws an error that names the first tensor at fault */
export function checkState(program: Program, state: Arrays): void {
  check(program.name, "state", program.step.state, state);
}

function check(program: string, kind: "input" | "state", specs: TensorSpec[], arrays: Arrays): void {
  for (const { name, shape, dtype } of specs) {
    const data = arrays[name];
    if (!data) throw new Error(`${program}: ${kind} "${name}" is missing`);
    const wanted = arrayOf[dtype];
    if (!(data instanceof wanted))
      throw new TypeError(
        `${program}: ${kind} "${name}" should be a ${wanted.name}, found ${(data as object).constructor.name}`,
      );
    const size = shape.reduce((product, n) => product * n, 1);
    if (data.length !== size)
      throw new Error(
        `${program}: ${kind} "${name}" should hold ${size} numbers ([${shape.join()}]), found ${data.length}`,
      );
  }
}

/** The array that holds numbers of each type. */
export const arrayOf = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array, bool: Uint8Array };
