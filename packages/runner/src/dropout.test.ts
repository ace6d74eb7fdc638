import { type StepFunction, compile } from "@epochmark/compiler";
import { type Session, engineById } from "@epochmark/engines";
import { tf } from "@epochmark/plugin-kit";
import { dropout, randomUniform } from "@epochmark/plugin-kit/nn";
import { afterEach, describe, expect, test } from "vitest";

// The compiler's graph form of random numbers and plugin-kit's eager kernel are two texts of one hash.

const opened: Session[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) await session.dispose();
});

async function onBoth(step: StepFunction): Promise<[compiled: Session, eager: Session]> {
  const program = compile(step);
  const open = async (id: string): Promise<Session> => {
    const session = await engineById(id).load(program, { device: "cpu", threads: 1, state: {} });
    opened.push(session);
    return session;
  };
  return [await open("onnxruntime"), await open("tfjs-cpu")];
}

const seeds = [0, 1, 123_456_789, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((seed) => Uint32Array.of(seed));

describe.each([[[]], [[7]], [[3, 4096]], [[2, 5, 1001]]])("random numbers of shape %j", (shape) => {
  test("are the same bits compiled and eager, for every seed", async () => {
    const [compiled, eager] = await onBoth({
      name: "draw",
      state: [],
      inputs: [{ name: "seed", shape: [], dtype: "uint32" }],
      apply: (_, { seed }) => ({ state: {}, outputs: { u: randomUniform(seed as tf.Tensor, shape) } }),
    });
    const draws = [];
    for (const seed of seeds) {
      const { u } = await compiled.run({ seed });
      expect(u).toEqual((await eager.run({ seed }))["u"]);
      draws.push(u?.[0]);
    }
    expect(new Set(draws).size).toBe(seeds.length);
  });
});

test("a step with dropout: output and gradient are the same compiled and eager, and new with each seed", async () => {
  const [compiled, eager] = await onBoth({
    name: "dropout",
    state: [],
    inputs: [
      { name: "x", shape: [16, 24], dtype: "float32" },
      { name: "w", shape: [24, 8], dtype: "float32" },
      { name: "seed", shape: [], dtype: "uint32" },
    ],
    apply(_, { x, w, seed }) {
      const forward = (weight: tf.Tensor): tf.Tensor =>
        tf.tanh(
          dropout(
            tf.matMul(dropout(x as tf.Tensor, 0.1, seed as tf.Tensor), weight),
            0.5,
            tf.add(seed as tf.Tensor, 1),
          ),
        );
      const gradient = tf.grad((weight: tf.Tensor) => tf.sum(tf.square(forward(weight))))(w as tf.Tensor);
      return { state: {}, outputs: { y: forward(w as tf.Tensor), gradient } };
    },
  });
  const wave = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898));
  const earlier: Float32Array[] = [];
  for (const seed of seeds) {
    const inputs = { x: wave(384), w: wave(192), seed };
    const [found, wanted] = [await compiled.run(inputs), await eager.run(inputs)];
    for (const name of ["y", "gradient"]) {
      const expected = wanted[name] as Float32Array;
      found[name]?.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
    }
    const y = found["y"] as Float32Array;
    expect(y.filter((value) => value === 0).length).toBeGreaterThan(40);
    for (const other of earlier) expect(y).not.toEqual(other);
    earlier.push(y);
  }
});
