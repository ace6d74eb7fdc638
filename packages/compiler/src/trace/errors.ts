/** A model uses a tfjs kernel that the compiler has no rule for. */
export class UnsupportedKernelError extends Error {
  override name = "UnsupportedKernelError";
  readonly kernel: string;

  /** @param op the tfjs function that asked for the kernel, where tfjs knows it */
  constructor(kernel: string, op: string | null) {
    const by = op ? `, called by tf.${op.replace(/__op$/, "")}` : "";
    super(
      `the tfjs kernel ${kernel}${by} at ${modelLine()} cannot be compiled yet: write it with other ops or add it to the compiler's kernel table`,
    );
    this.kernel = kernel;
  }
}

/** A model uses tensors of a type that a graph does not have, such as strings or complex numbers. */
export class UnsupportedTypeError extends Error {
  override name = "UnsupportedTypeError";
  readonly dtype: string;

  constructor(dtype: string) {
    super(
      `a tensor of type ${dtype} at ${modelLine()} cannot be compiled: use float32, int32 or bool, and do the rest outside the step`,
    );
    this.dtype = dtype;
  }
}

const ownFrames = /node_modules|node:internal|packages[\\/](compiler|plugin-kit)[\\/]src[\\/]/;
const place = /([^\\/]+\.[mc]?[jt]s)(?:\?[^:]*)?:(\d+):\d+\)?$/;

/** `file:line` of the innermost stack frame that belongs to a model, without its folders; "the model" when there is none. */
export function modelLine(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Infinity;
  const stack = new Error("where").stack ?? "";
  Error.stackTraceLimit = stackTraceLimit;
  // Frames without a file, such as Array.map, belong to nobody.
  const frame = stack.split("\n").find((line) => place.test(line) && !ownFrames.test(line));
  const found = frame?.match(place);
  return found ? `${found[1]}:${found[2]}` : "the model";
}
