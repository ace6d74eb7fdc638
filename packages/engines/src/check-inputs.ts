import type { Arrays, Program } from "@epochmark/compiler";

/** Refuses a batch that does not fit the program. @throws an error that names the first input at fault */
export function checkInputs(program: Program, inputs: Arrays): void {
  for (const { name, shape, dtype } of program.inputs) {
    const data = inputs[name];
    if (!data) throw new Error(`${program.name}: input "${name}" is missing`);
    const size = shape.reduce((product, n) => product * n, 1);
    if (data.length !== size)
      throw new Error(
        `${program.name}: input "${name}" should hold ${size} numbers ([${shape.join()}]), found ${data.length}`,
      );
    const wanted = arrays[dtype];
    if (!(data instanceof wanted))
      throw new TypeError(
        `${program.name}: input "${name}" should be a ${wanted.name}, found ${data.constructor.name}`,
      );
  }
}

const arrays = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array, bool: Uint8Array };
