import { type Scope, defineModel, definePlugin, tf } from "@epochmark/plugin-kit";
import { gradients, sgd, zeros } from "@epochmark/plugin-kit/nn";

/** y = x Wᵀ + b, mean squared error, plain gradient descent: small enough to be worked out by hand in a test. */
const line = defineModel({
  id: "line",
  title: "A line",
  configs: { tiny: { rows: 2, columns: 3 }, full: { rows: 2, columns: 3 } },
  build(scope: Scope, { rows, columns }) {
    const weight = scope.parameter("weight", [rows, columns], zeros);
    const bias = scope.parameter("bias", [rows], zeros);
    const mean = scope.buffer("mean", [columns], zeros);
    const forward = (x: tf.Tensor) =>
      tf.add(tf.matMul(x as tf.Tensor2D, weight.value as tf.Tensor2D, false, true), bias.value);
    const descend = sgd(scope, [weight, bias], {});
    const points = (batch: number) => ({ name: "x", shape: [batch, columns], dtype: "float32" as const });
    return {
      infer: { inputs: (batch) => [points(batch)], run: ({ x }) => ({ y: forward(x!) }) },
      train: {
        inputs: (batch) => [
          points(batch),
          { name: "target", shape: [batch, rows], dtype: "float32" },
          { name: "learningRate", shape: [], dtype: "float32" },
          { name: "step", shape: [], dtype: "float32" },
        ],
        run: ({ x, target, learningRate, step }) => {
          const mse = () => ({ total: tf.mean(tf.square(tf.sub(forward(x!), target!))) });
          const { losses, gradients: found } = gradients(mse, [weight, bias], scope);
          mean.assign(tf.add(tf.mul(mean.value, 0.9), tf.mul(tf.mean(x!, 0), 0.1)));
          descend(found, { learningRate: learningRate!, step: step! });
          return losses;
        },
      },
    };
  },
  configure: (config, { overrides }) => ({ ...config, ...overrides }),
  makeBatch: async () => ({}),
  goldenBatch: (_, batch, learningRate, step) => ({
    x: batch["batch.x"]!,
    target: batch["batch.target"]!,
    learningRate: Float32Array.of(learningRate),
    step: Float32Array.of(step),
  }),
  workloads: { small: {}, paper: {} },
  recipe: null,
});

export default definePlugin({
  id: "fixture",
  title: "Fixture",
  version: "1.0.0",
  papers: [{ title: "None", authors: "Nobody", venue: "Nowhere", url: "https://example.org" }],
  defaultModel: "line",
  models: [line],
});
