import { type Scalar, type Tensor, grad, grads, sum, tensor, tidy } from "@tensorflow/tfjs";
import { expect } from "vitest";
import { type Given, bothWays } from "./run-compiled.ts";

/** Numbers without pattern, the same on every run, in about ±scale. */
export function numbers(shape: number[], scale = 1.3, offset = 0): Given {
  const size = shape.reduce((product, n) => product * n, 1);
  return {
    shape,
    data: Float32Array.from({ length: size }, (_, i) => offset + scale * Math.sin(i * 12.9898 + shape.length + size)),
  };
}

export function integers(shape: number[], below: number): Given {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, dtype: "int32", data: Int32Array.from({ length: size }, (_, i) => (i * 7 + 3) % below) };
}

export function booleans(shape: number[]): Given {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, dtype: "bool", data: Uint8Array.from({ length: size }, (_, i) => Number((i * 5) % 3 === 0)) };
}

type Body = (inputs: Record<string, Tensor>) => Tensor | Tensor[];

const listed = (result: Tensor | Tensor[]): Record<string, Tensor> =>
  Object.fromEntries((Array.isArray(result) ? result : [result]).map((value, i) => [`out${i}`, value]));

/** The compiled function gives what tfjs's own cpu backend gives: same shapes, numbers within `tolerance` of the largest. */
export async function expectSame(given: Record<string, Given>, body: Body, tolerance = 2e-6): Promise<void> {
  compare(await bothWays(given, (inputs) => listed(body(inputs))), tolerance);
}

/**
 * Forward and gradient: also the derivative of a weighted sum of all outputs with respect to every
 * float input is the same, compiled and eager. The weights have no pattern, so that no error cancels.
 */
export async function expectSameWithGradient(
  given: Record<string, Given>,
  body: Body,
  tolerance = 5e-6,
): Promise<void> {
  await expectSame(given, body, tolerance);
  const float = Object.keys(given).filter((name) => (given[name]?.dtype ?? "float32") === "float32");
  const results = await bothWays(given, (inputs) => {
    const loss = (...tensors: Tensor[]): Scalar =>
      tidy(() => {
        const bound = { ...inputs, ...Object.fromEntries(float.map((name, i) => [name, tensors[i] as Tensor])) };
        const parts = Object.values(listed(body(bound))).map((value) =>
          sum(value.mul(tensor(weights(value.shape), value.shape))),
        );
        return parts.reduce((a, b) => a.add(b)) as Scalar;
      });
    const derivatives = grads(loss as never)(float.map((name) => inputs[name] as Tensor));
    return Object.fromEntries(float.map((name, i) => [`d/d${name}`, derivatives[i] as Tensor]));
  });
  compare(results, tolerance);
}

/** Forward as eager, and the compiled gradient of one input `x` as central differences of the eager forward pass give it. */
export async function expectTrueGradient(given: { x: Given }, body: Body, tolerance: number): Promise<void> {
  await expectSame(given, body);
  const loss = (x: Tensor): Scalar => {
    const value = body({ x }) as Tensor;
    return sum(value.mul(tensor(weights(value.shape), value.shape))) as Scalar;
  };
  const [result] = await bothWays(given, ({ x }) => ({ dx: grad(loss as never)(x as Tensor) }));
  const data = given.x.data as Float32Array;
  const h = 0.05;
  const numeric = data.map((_, i) => {
    const at = (change: number): number =>
      tidy(() => loss(tensor(data.with(i, (data[i] ?? 0) + change), given.x.shape)).dataSync()[0] ?? NaN);
    return (at(h) - at(-h)) / (2 * h);
  });
  numeric.forEach((value, i) =>
    expect(Math.abs(value - (result?.compiled.data[i] ?? NaN)), `d/dx[${i}]`).toBeLessThan(tolerance),
  );
}

const weights = (shape: number[]): Float32Array => numbers(shape, 0.9, 0.2).data as Float32Array;

function compare(results: Awaited<ReturnType<typeof bothWays>>, tolerance: number): void {
  for (const { name, compiled, eager } of results) {
    expect(compiled.shape, name).toEqual(eager.shape);
    const largest = [...eager.data].reduce(
      (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
      1,
    );
    const wrong = [...eager.data].findIndex((value, i) => !close(value, compiled.data[i], tolerance * largest));
    if (wrong >= 0)
      expect.fail(
        `${name}[${wrong}] of [${eager.shape.join()}]: compiled ${compiled.data[wrong]}, eager ${eager.data[wrong]}`,
      );
  }
}

function close(a: number, b: number | undefined, tolerance: number): boolean {
  return b !== undefined && (Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance);
}
