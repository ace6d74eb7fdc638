import { beforeAll, describe, expect, it } from "vitest";
import { Scope } from "../scope.ts";
import { detach } from "../step.ts";
import { useCpu } from "../testing/index.ts";
import { tf } from "../tf.ts";
import { gradients, slope } from "./gradients.ts";
import { zeros } from "./initializers.ts";

beforeAll(useCpu);

function twoParameters(taps?: Map<string, tf.Tensor>) {
  const scope = new Scope("", new Map(), taps);
  const a = scope.parameter("a", [2], zeros);
  const b = scope.parameter("b", [2], zeros);
  a.bind(tf.tensor1d([1, 2]));
  b.bind(tf.tensor1d([3, 5]));
  return { scope, a, b };
}

describe("gradients", () => {
  it("differentiates the total and hands the other losses back", () => {
    const { scope, a, b } = twoParameters();
    const loss = () => {
      const product = tf.sum(tf.mul(a.value, b.value));
      const square = tf.sum(tf.square(a.value));
      return { total: tf.add(product, tf.mul(square, 10)), product, square };
    };
    const { losses, gradients: byParameter } = gradients(loss, [a, b], scope);
    expect([losses.total, losses.product, losses.square].map((value) => value.dataSync()[0])).toEqual([63, 13, 5]);
    expect([...byParameter.get(a)!.dataSync()]).toEqual([23, 45]);
    expect([...byParameter.get(b)!.dataSync()]).toEqual([1, 2]);
  });

  it("taps gradients and values inside the loss, which outlive it", () => {
    const taps = new Map<string, tf.Tensor>();
    const { scope, a } = twoParameters(taps);
    const loss = () => {
      const square = tf.square(a.value);
      scope.tap("square", square);
      return { total: tf.sum(square) };
    };
    gradients(loss, [a], scope);
    expect([...taps.get("square")!.dataSync()]).toEqual([1, 4]);
    expect([...taps.get("gradients/a")!.dataSync()]).toEqual([2, 4]);
  });

  it("can be nested: a penalty on a gradient", () => {
    const { scope, a, b } = twoParameters();
    // d/da Σ a³b = 3a²b; its squared norm by b is 18 a⁴ b.
    const inner = (values: tf.Tensor) => tf.sum(tf.mul(tf.pow(values, 3), b.value));
    const loss = () => ({ total: tf.sum(tf.square(tf.grad(inner)(a.value))) as tf.Tensor });
    const { gradients: byParameter } = gradients(loss, [b], scope);
    const [first, second] = byParameter.get(b)!.dataSync();
    expect(first).toBeCloseTo(18 * 1 * 3, 4);
    expect(second).toBeCloseTo(18 * 16 * 5, 2);
  });

  it("keeps the state that the loss assigns", () => {
    const { scope, a, b } = twoParameters();
    const before = tf.memory().numTensors;
    const inner = () => ({ total: tf.sum(tf.mul(b.value, b.value)) as tf.Tensor });
    const loss = () => {
      for (let k = 0; k < 3; k++) {
        const { gradients: found } = gradients(inner, [b], scope);
        b.assign(tf.sub(b.value, tf.mul(found.get(b)!, 0.25)));
      }
      return { total: tf.sum(tf.mul(a.value, detach(b.value))) as tf.Tensor };
    };
    const { gradients: byParameter } = tf.tidy(() => {
      const result = gradients(loss, [a], scope);
      return { gradients: result.gradients.get(a)! };
    });
    expect([...b.value.dataSync()]).toEqual([3 / 8, 5 / 8]);
    expect([...byParameter.dataSync()]).toEqual([3 / 8, 5 / 8]);
    // The gradient and the last b: what is no more needed is gone.
    expect(tf.memory().numTensors - before).toBe(2);
  });

  it("differentiates by what the loss made of a parameter, not through the update", () => {
    const { scope, a, b } = twoParameters();
    const loss = () => {
      b.assign(tf.mul(b.value, 10));
      return { total: tf.sum(tf.mul(a.value, tf.square(b.value))) as tf.Tensor };
    };
    const { gradients: byParameter } = gradients(loss, [a, b], scope);
    expect([...byParameter.get(a)!.dataSync()]).toEqual([900, 2500]);
    expect([...byParameter.get(b)!.dataSync()]).toEqual([60, 200]);
  });

  it("names a parameter that the loss leaves out", () => {
    const { scope, a, b } = twoParameters();
    expect(() => gradients(() => ({ total: tf.sum(a.value) as tf.Tensor }), [a, b], scope)).toThrow(
      "the loss does not depend on b",
    );
  });

  it("keeps the state that a function inside a slope assigns", () => {
    const { scope, a, b } = twoParameters();
    const memory = scope.memory("last", [2], zeros);
    const inner = (values: tf.Tensor) => {
      memory.assign(tf.mul(values, 2));
      return tf.mul(tf.pow(values, 3), b.value);
    };
    const loss = () => ({ total: tf.sum(slope(inner, a.value, scope)) as tf.Tensor });
    const { gradients: byParameter } = gradients(loss, [b], scope);
    expect([...memory.value.dataSync()]).toEqual([2, 4]);
    expect([...byParameter.get(b)!.dataSync()].map(Math.round)).toEqual([3, 12]);
  });
});
