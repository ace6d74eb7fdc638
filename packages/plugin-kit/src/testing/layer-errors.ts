import type { Layer } from "../nn/layer.ts";
import { Random } from "../random.ts";
import type { Scope } from "../scope.ts";
import { tf } from "../tf.ts";
import { relativeError, slopes } from "./numbers.ts";
import { useCpu } from "./use-cpu.ts";

/** The same layer written a second time, in plain numbers: flat arrays in, flat output. */
export type Reference = (x: Float64Array, parameters: Record<string, Float64Array>) => ArrayLike<number>;

/**
 * Holds a layer against its reference at random values: relative L2 error of the `output`, of the gradient by the
 * input `x` and by each parameter. The expected gradients are central differences of the reference in float64.
 */
export async function layerErrors(
  scope: Scope,
  layer: Layer,
  shape: number[],
  reference: Reference,
): Promise<Record<string, number>> {
  await useCpu();
  const random = new Random(1, "layer errors");
  const draw = (size: number) => Float32Array.from({ length: size }, () => random.normal());
  const states = scope.states();
  const x = draw(tf.util.sizeFromShape(shape));
  const values = Object.fromEntries(
    states.map(({ spec }) => [spec.name, draw(tf.util.sizeFromShape(spec.shape))] as const),
  );
  const wide = (arrays: typeof values) =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, Float64Array.from(array)]));
  const expected = reference(Float64Array.from(x), wide(values));
  const direction = draw(expected.length);
  const along = (output: ArrayLike<number>) => direction.reduce((sum, d, index) => sum + d * output[index]!, 0);

  const input = tf.tensor(x, shape);
  const tensors = states.map((state) => tf.tensor(values[state.spec.name]!, state.spec.shape));
  for (const [index, state] of states.entries()) state.bind(tensors[index]);
  const output = layer(input).dataSync();
  const { grads } = tf
    .engine()
    .gradients(() => tf.sum(tf.mul(tf.reshape(layer(input), [-1]), direction)), [input, ...tensors]);
  const [byInput, ...byParameter] = grads.map((gradient) => gradient.dataSync());
  return {
    output: relativeError(output, expected),
    x: relativeError(
      byInput!,
      slopes((at) => along(reference(at, wide(values))), x),
    ),
    ...Object.fromEntries(
      states.map(({ spec: { name } }, index) => [
        name,
        relativeError(
          byParameter[index]!,
          slopes((at) => along(reference(Float64Array.from(x), { ...wide(values), [name]: at })), values[name]!),
        ),
      ]),
    ),
  };
}
