import { initialState, Random, Scope, tf } from "@epochmark/plugin-kit";
import { useCpu } from "@epochmark/plugin-kit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { scorePool } from "./score-pool.ts";

beforeAll(useCpu);

function freshPool() {
  const scope = new Scope();
  const pool = scorePool(scope);
  const initial = initialState(
    scope.states().map(({ spec }) => spec),
    0,
  );
  for (const state of scope.states()) state.bind(tf.tensor(initial[state.spec.name]!, state.spec.shape));
  return pool;
}

const maps = (...values: number[][]) => tf.tensor(values.flat(), [values.length, 1, values[0]!.length, 1]);
const meanOf = (pool: ReturnType<typeof freshPool>) => pool.mean().dataSync()[0]!;

describe("scorePool", () => {
  it("averages all elements of the maps it holds, one map an image", () => {
    const pool = freshPool();
    pool.add(maps([1, 3]));
    expect(meanOf(pool)).toBeCloseTo(2, 6);
    pool.add(maps([5, 7], [0, 2]));
    expect(meanOf(pool)).toBeCloseTo((2 + 6 + 1) / 3, 6);
  });

  it("keeps the last 50", () => {
    const pool = freshPool();
    const random = new Random(1);
    const values = Array.from({ length: 121 }, () => random.normal());
    for (const value of values.slice(0, 40)) pool.add(maps([value]));
    pool.add(maps(...values.slice(40).map((value) => [value])));
    expect(meanOf(pool)).toBeCloseTo(values.slice(-50).reduce((sum, value) => sum + value, 0) / 50, 5);
  });

  it("is a constant: no gradient goes through it", () => {
    const slope = tf.grad((x: tf.Tensor) => {
      const pool = freshPool();
      pool.add(x);
      return tf.sum(tf.square(tf.sub(x, pool.mean())));
    })(maps([1, 3]));
    expect([...slope.dataSync()]).toEqual([-2, 2]);
  });
});
