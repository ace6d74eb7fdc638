import { tf } from "../tf.ts";

/**
 * Uniform numbers in [0, 1) of the given shape, multiples of 2^-24: a pure function of the seed and of each
 * element's position, so that a traced step draws afresh in every run. The same bits on every engine.
 * @param seed [] int32, the bits of a uint32; an input of the step, another one for each draw
 */
export function randomUniform(seed: tf.Tensor, shape: number[]): tf.Tensor {
  return tf.engine().runKernel("CounterUniform", { seed }, { shape }) as tf.Tensor;
}

/**
 * Dropout (Srivastava et al., JMLR 15, 2014) as PyTorch trains with it: each element is dropped with
 * probability `rate`, the others grow by 1 / (1 - rate). x of any shape.
 * @param rate in [0, 1); a tensor [] float32 where the step takes it as an input, 0 to switch dropout off
 * @throws on a number outside [0, 1)
 */
export function dropout(x: tf.Tensor, rate: number | tf.Tensor, seed: tf.Tensor): tf.Tensor {
  if (typeof rate === "number" && !(rate >= 0 && rate < 1))
    throw new RangeError(`dropout rate should be in [0, 1), found ${rate}`);
  if (rate === 0) return x;
  const kept = tf.cast(tf.greaterEqual(randomUniform(seed, x.shape), rate), "float32");
  const growth = typeof rate === "number" ? 1 / (1 - rate) : tf.reciprocal(tf.sub(1, rate));
  return tf.mul(x, tf.mul(kept, growth));
}

// The hash, whose graph form packages/compiler/src/trace/kernels/random.ts has and explains.
const bend = (x: number): number => Math.imul(x, (2 * x + 1) | 0);
const turn = (x: number): number => (x << 16) | (x >>> 16);
const golden = 0x9e3779b1;

function mixedSeed(seed: number, salt: number): number {
  let x = (seed + salt) | 0;
  for (let round = 0; round < 4; round++) x = (turn(bend(x)) + golden) | 0;
  return bend(x);
}

/** The draws as an array. */
function counterUniform(seed: number, size: number): Float32Array {
  const [before, after] = [mixedSeed(seed, 0x3c6ef372), mixedSeed(seed, 0xdaa66d2b)];
  return Float32Array.from({ length: size }, (_, i) => {
    const first = (turn(bend((Math.imul(i, golden) + before) | 0)) + after) | 0;
    return (bend(turn(bend(first))) >>> 8) * 2 ** -24;
  });
}

// What TensorFlow.js can run eagerly draws here on the host; the tracing backend has a rule of its own.
for (const backendName of ["cpu", "tensorflow"])
  tf.registerKernel({
    kernelName: "CounterUniform",
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { shape } = attrs as unknown as { shape: number[] };
      const seed = inputs["seed"] as tf.TensorInfo;
      const [bits] = tf.engine().readSync(seed.dataId);
      const data = counterUniform(Number(bits), tf.util.sizeFromShape(shape));
      return tf.engine().makeTensor(data, shape, "float32");
    },
  });
