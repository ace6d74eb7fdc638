import { Random, tf } from "@epochmark/plugin-kit";
import { relativeError, useCpu } from "@epochmark/plugin-kit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { conjugateGradient } from "./conjugate-gradient.ts";
import { fitFirstFrame, updateFilter } from "./layer-problem.ts";

const [samples, side, inputs, channels, size] = [3, 5, 3, 2, 4];
const random = new Random(1);
const draw = (count: number, scale = 1) =>
  Float64Array.from({ length: count }, () => Math.fround(scale * random.normal()));
const maps = draw(samples * side ** 2 * inputs);
const labels = draw(samples * side ** 2, 0.5).map((value) => Math.fround(Math.abs(value)));
const weights = Float64Array.of(0.5, 0.25, 0.25);
const start = { filter: draw(size ** 2 * channels, 0.2), projection: draw(inputs * channels, 0.5) };
beforeAll(useCpu);

/** In float64, by the definition: weighted differences of every response, then the regularised unknowns. */
function residuals(filter: Float64Array, projection: Float64Array): Float64Array {
  const at = (n: number, y: number, x: number, c: number) => {
    if (y < 0 || x < 0 || y >= side || x >= side) return 0;
    let sum = 0;
    for (let k = 0; k < inputs; k++)
      sum += maps[((n * side + y) * side + x) * inputs + k]! * projection[k * channels + c]!;
    return sum;
  };
  const found: number[] = [];
  for (let n = 0; n < samples; n++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        let response = 0;
        for (let dy = 0; dy < size; dy++)
          for (let dx = 0; dx < size; dx++)
            for (let c = 0; c < channels; c++)
              response += at(n, y + dy - 2, x + dx - 2, c) * filter[(dy * size + dx) * channels + c]!;
        const active = response > 0 ? response : 0.05 * (Math.exp(response / 0.05) - 1);
        found.push(Math.sqrt(weights[n]!) * (active - labels[(n * side + y) * side + x]!));
      }
  for (const value of filter) found.push(Math.sqrt(0.1) * value);
  for (const value of projection) found.push(Math.sqrt(1e-4) * value);
  return Float64Array.from(found);
}

/** The Gauss-Newton step: Jᵀ J change = -Jᵀ r, J by central differences, solved by elimination. */
function denseStep(f: (x: Float64Array) => Float64Array, x: Float64Array): Float64Array {
  const moved = (index: number, by: number) => f(x.map((value, k) => (k === index ? value + by : value)));
  const columns = Array.from(x, (_, index) => {
    const [up, down] = [moved(index, 1e-6), moved(index, -1e-6)];
    return up.map((value, k) => (value - down[k]!) / 2e-6);
  });
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  const r = f(x);
  const rows = columns.map((a) => [...columns.map((b) => dot(a, b)), -dot(a, r)]);
  for (const [pivot, row] of rows.entries())
    for (const [other, target] of rows.entries())
      if (other !== pivot) {
        const factor = target[pivot]! / row[pivot]!;
        for (const [k, value] of row.entries()) target[k]! -= factor * value;
      }
  return Float64Array.from(rows, (row, k) => row.at(-1)! / row[k]!);
}

const squared = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);
const tensor = (values: Float64Array, shape: number[]) => tf.tensor(Float32Array.from(values), shape);
const wanted = () => ({ labels: tensor(labels, [samples, side, side]), weights: tensor(weights, [samples]) });
const filterTensor = () => tensor(start.filter, [size, size, channels]);

it("conjugate gradients solve a system, and rest where it is solved", () => {
  const matrix = tf.tensor2d([4, 1, 1, 3], [2, 2]);
  const apply = ([x]: readonly tf.Tensor[]) => [tf.reshape(tf.matMul(matrix, tf.reshape(x!, [2, 1])), [2])];
  const system = { apply, b: [tf.tensor1d([1, 2])], preconditioner: [1] };
  for (const steps of [2, 12]) {
    const [x] = conjugateGradient(system, steps);
    expect(relativeError(x!.dataSync(), [1 / 11, 7 / 11])).toBeLessThan(1e-6);
  }
});

describe("the periodic update", () => {
  const projected = () => {
    const rows = tf.matMul(
      tensor(maps, [samples * side ** 2, inputs]),
      tensor(start.projection, [inputs, channels]) as tf.Tensor2D,
    );
    return tf.reshape(rows, [samples, side, side, channels]);
  };
  const own = squared(start.projection) * 1e-4;
  const loss = (filter: ArrayLike<number>) => squared(residuals(Float64Array.from(filter), start.projection)) - own;

  it("is the dense Gauss-Newton step, with enough steps", () => {
    const { filter, loss: before } = updateFilter(projected(), filterTensor(), wanted(), 60);
    const step = denseStep((x) => residuals(x, start.projection), start.filter);
    expect(before.dataSync()[0]).toBeCloseTo(loss(start.filter), 4);
    expect(
      relativeError(
        filter.dataSync().map((value, k) => value - start.filter[k]!),
        step,
      ),
    ).toBeLessThan(2e-3);
  });

  it("reduces what it minimises, more with more steps", () => {
    const after = [1, 2, 5].map((steps) =>
      loss(updateFilter(projected(), filterTensor(), wanted(), steps).filter.dataSync()),
    );
    expect(after[0]).toBeLessThan(loss(start.filter));
    expect(after[2]).toBeLessThan(after[0]!);
  });
});

describe("the first frame's fit", () => {
  const fit = (newtonSteps: number, gradientSteps: number) => {
    const { filter, projection, loss } = fitFirstFrame(
      tensor(maps, [samples, side, side, inputs]),
      { filter: filterTensor(), projection: tensor(start.projection, [inputs, channels]) },
      wanted(),
      { newtonSteps, gradientSteps },
    );
    return { loss: loss.dataSync()[0]!, filter: filter.dataSync(), projection: projection.dataSync() };
  };
  const loss = ({ filter, projection }: Record<"filter" | "projection", ArrayLike<number>>) =>
    squared(residuals(Float64Array.from(filter), Float64Array.from(projection)));

  it("is the dense joint Gauss-Newton step, with enough steps", () => {
    const { filter, projection, loss: before } = fit(1, 400);
    expect(before).toBeCloseTo(loss(start), 4);
    const x = Float64Array.of(...start.filter, ...start.projection);
    const step = denseStep((at) => residuals(at.slice(0, start.filter.length), at.slice(start.filter.length)), x);
    const found = [...filter, ...projection].map((value, k) => value - x[k]!);
    // Float32 sums, and a system whose smallest curvature is 1e-4.
    const { length } = start.filter;
    expect(relativeError(found.slice(0, length), step.slice(0, length))).toBeLessThan(0.02);
    expect(relativeError(found.slice(length), step.slice(length))).toBeLessThan(0.02);
  });

  it("reduces what it minimises: 6 x 10 steps far below the start", () => {
    expect(loss(fit(6, 10))).toBeLessThan(0.5 * loss(start));
    expect(loss(fit(6, 10))).toBeLessThan(loss(fit(1, 10)));
  });
});
