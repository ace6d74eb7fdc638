import { defineModel, definePlugin, type HostTensor, type Scope, tf } from "@epochmark/plugin-kit";
import { denormalise, normalise } from "@epochmark/plugin-kit/data";
import { ones } from "@epochmark/plugin-kit/nn";

interface Config {
  shape: number[];
}

/** Networks that multiply pixels by one weight: small enough to foretell every pixel. */
const shared = {
  configs: { tiny: { shape: [1, 3, 1, 1] }, full: { shape: [1, 3, 1, 1] } },
  build(scope: Scope, { shape }: Config) {
    const weight = scope.parameter("weight", [1], ones);
    return {
      infer: {
        inputs: () => [
          { name: "x", shape, dtype: "float32" as const },
          { name: "gain", shape: [1, 1], dtype: "float32" as const },
        ],
        run: ({ x, gain }: Record<string, tf.Tensor>) => ({ y: tf.mul(tf.mul(x!, weight.value), tf.squeeze(gain!)) }),
      },
    };
  },
  configure: (config: Config, { shapes }: { shapes?: Record<string, number[]> }) => ({
    shape: shapes?.x ?? config.shape,
  }),
  makeBatch: async () => ({}),
  goldenBatch: () => ({}),
  workloads: { small: {}, paper: {} },
  recipe: null,
};
const unit = { mean: 0, std: 1 };
const options = { gain: { description: "how bright", hint: "factor", default: [1], range: [0, 4] as const } };
const gainOf = (value: number): HostTensor => ({ shape: [1, 1], data: Float32Array.of(value) });

const brighten = defineModel<Config>({
  ...shared,
  id: "brighten",
  title: "Multiplies pixels",
  photo: {
    gives: "photograph",
    options,
    async prepare(_, { width, height, pixels }, { gain } = {}) {
      if (width > 100) throw new Error(`is ${width} pixels wide, more than the limit of 100; make it smaller`);
      return { x: { shape: [1, 3, height, width], data: normalise(pixels, unit) }, gain: gainOf(gain![0]!) };
    },
    present: ({ y }, photograph) => denormalise(y!.data as Float32Array, photograph, unit),
  },
});

const colours = defineModel<Config>({
  ...shared,
  id: "colours",
  title: "Which colour there is most of",
  photo: {
    gives: "classes",
    classNames: ["red", "green", "blue"],
    prepare: async (_, { width, height, pixels }) => ({
      x: { shape: [1, 3, height, width], data: normalise(pixels, unit) },
      gain: gainOf(1),
    }),
    present({ y }) {
      const plane = y!.data.length / 3;
      const sums = [0, 1, 2].map((channel) =>
        Array.from(y!.data.subarray(channel * plane, (channel + 1) * plane)).reduce((sum, value) => sum + value, 0),
      );
      return Float32Array.from(sums, (sum) => sum / (sums[0]! + sums[1]! + sums[2]!));
    },
  },
});

/** The box moves one pixel a frame to the right, as far as the program says. */
const mover = defineModel<Config>({
  ...shared,
  id: "mover",
  title: "Moves a box",
  video: {
    gives: "boxes",
    track(_, run) {
      let box = { x: 0, y: 0, width: 0, height: 0 };
      return {
        start: async (_frame, first) => void (box = first),
        async next() {
          const x = { shape: [1, 3, 1, 1], data: Float32Array.of(1, 0, 0) };
          const { y } = await run({ phase: "infer" }, { x, gain: gainOf(1) });
          box = { ...box, x: box.x + y!.data[0]! };
          return { ...box, score: 0.5 };
        },
      };
    },
  },
});

export default definePlugin({
  id: "tasks",
  title: "Tasks",
  version: "1.0.0",
  papers: [{ title: "None", authors: "Nobody", venue: "Nowhere", url: "https://example.org" }],
  defaultModel: "brighten",
  models: [brighten, colours, mover],
});
