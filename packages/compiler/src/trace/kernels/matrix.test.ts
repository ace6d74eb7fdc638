import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { expectSame, expectSameWithGradient, integers, numbers } from "../../../test/expect-same.ts";

const cases: { a: number[]; b: number[] }[] = [
  { a: [3, 4], b: [4, 2] },
  { a: [1, 1], b: [1, 1] },
  { a: [2, 3, 4], b: [2, 4, 5] },
  { a: [2, 3, 2, 4], b: [2, 3, 4, 3] },
];

const swapped = (shape: number[]): number[] => [...shape.slice(0, -2), shape.at(-1) as number, shape.at(-2) as number];

describe("matMul", () => {
  for (const transposeA of [false, true])
    for (const transposeB of [false, true])
      test.each(cases)(`$a x $b, transposeA ${transposeA}, transposeB ${transposeB}`, async ({ a, b }) => {
        const given = { a: numbers(transposeA ? swapped(a) : a), b: numbers(transposeB ? swapped(b) : b) };
        await expectSameWithGradient(given, (t) =>
          tf.matMul(t["a"] as tf.Tensor, t["b"] as tf.Tensor, transposeA, transposeB),
        );
      });

  test("a batch of one beside a batch of five, forward (tfjs has no gradient for it)", async () => {
    await expectSame({ a: numbers([1, 3, 4]), b: numbers([5, 4, 2]) }, (t) =>
      tf.matMul(t["a"] as tf.Tensor, t["b"] as tf.Tensor),
    );
  });

  test("whole numbers, transposed", async () => {
    const given = { a: integers([3, 4], 7), b: integers([4, 2], 5), c: integers([2, 3, 4], 7) };
    await expectSame(given, ({ a, b, c }) => [
      tf.matMul(b as tf.Tensor, a as tf.Tensor, true, true),
      tf.matMul(c as tf.Tensor, tf.transpose(c as tf.Tensor, [0, 2, 1])),
    ]);
  });

  test("a transposed operand becomes a flag of the product", async () => {
    await expectSameWithGradient({ a: numbers([2, 4, 3]), b: numbers([2, 5, 4]) }, (t) =>
      tf.matMul(tf.transpose(t["a"] as tf.Tensor, [0, 2, 1]), tf.transpose(t["b"] as tf.Tensor, [0, 2, 1])),
    );
  });
});
