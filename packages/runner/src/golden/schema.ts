import { z } from "zod";

/** Elements that one tensor of a golden file may have: 1 GiB of float32. */
const largestTensor = 2 ** 28;

const Name = z.string().min(1).max(200);
const Shape = z
  .array(z.int().nonnegative())
  .max(8)
  .refine((shape) => shape.reduce((product, n) => product * n, 1) <= largestTensor, "expected at most 2^28 elements");

const Kind = z.enum([
  "matrix",
  "transposed-conv",
  "table",
  "norm-scale",
  "bias",
  "running-mean",
  "running-var",
  "counter",
]);
export type Kind = z.infer<typeof Kind>;

export type Nested = number | Nested[];
const Nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(Nested)]));

const InputRule = z.union([
  z.literal("image"),
  z.literal("unit"),
  z.templateLiteral(["label:", z.int().positive()]),
  z.object({ literal: Nested }),
]);

const Weight = z.tuple([Name, Shape, Kind, z.boolean()]);
const Input = z.tuple([Name, Shape, InputRule]);
export type Input = z.infer<typeof Input>;

const sampled = {
  indices: z.array(z.int().nonnegative()).optional(),
  values: z.array(z.number()).optional(),
};
const paired = (sample: { indices?: number[] | undefined; values?: number[] | undefined }) =>
  sample.indices?.length === sample.values?.length;
const unpaired = "expected as many indices as values";

const Output = z.object({ shape: Shape, mean: z.number(), l2: z.number(), ...sampled }).refine(paired, unpaired);
export type Output = z.infer<typeof Output>;

const Gradient = z.object({ l2: z.number(), float32Error: z.number().optional(), ...sampled }).refine(paired, unpaired);

const Parameter = z
  .object({ l2: z.number(), changeL2: z.number().optional(), float32ErrorOfChange: z.number().optional(), ...sampled })
  .refine(paired, unpaired);

/** A loss, or named or repeated losses of several objectives: `{critic: [{total}, …], generator: {total}}`. */
export type LossTree = number | LossTree[] | { [term: string]: LossTree };
const LossTree: z.ZodType<LossTree> = z.lazy(() =>
  z.union([z.number(), z.array(LossTree), z.record(z.string(), LossTree)]),
);

const OneOrEach = z.union([z.number(), z.array(z.number())]);

const Float32Error = z.object({
  outputs: z.number().default(0),
  outputsCentred: z.number().optional(),
  intermediates: z.number().default(0),
  gradients: z.number().default(0),
  gradientsAllTogether: z.number().optional(),
  lossesBySteps: OneOrEach.default(0),
  gradientNormsBySteps: z.number().default(0),
  afterSteps: z.number().default(0),
  parameterChange: z.number().default(0),
  buffersAfterFirstStep: z.number().default(0),
});
export type Float32Error = z.infer<typeof Float32Error>;

const Optimizer = z.looseObject({
  learningRate: z.number(),
  steps: z.int().positive().optional(),
  /** A GAN's way to count: one iteration updates every network in turn. */
  iterations: z.int().positive().optional(),
  /** Networks with an optimizer of their own: this makes a golden one of a GAN. */
  separate: z.array(z.string()).optional(),
});

const Train = z.object({
  batch: z.array(Input).min(1),
  losses: z.record(z.string(), z.number()),
  /** One norm over all gradients, or one per network, whose parameters start with `<network>.` */
  gradientNorm: z.union([z.number(), z.record(z.string(), z.number())]),
  zeroGradients: z.array(Name).default([]),
  gradients: z.record(z.string(), Gradient).default({}),
  optimizer: Optimizer.optional(),
  lossesBySteps: z.array(LossTree).default([]),
  gradientNormsBySteps: z.array(z.number()).default([]),
  afterSteps: LossTree.optional(),
  parametersAfterSteps: z.record(z.string(), Parameter).default({}),
  buffersAfterFirstStep: z.record(z.string(), Parameter).default({}),
});
export type Train = z.infer<typeof Train>;

/** What an official implementation computes from weights and inputs that a rule makes (`rule.ts`). */
export const Golden = z.object({
  format: z.literal(1),
  build: z.object({
    plugin: Name,
    model: Name,
    part: z.string().optional(),
    overrides: z.record(z.string(), z.unknown()).optional(),
    trainObjective: z.string().optional(),
  }),
  seed: z.int(),
  weights: z.array(Weight).min(1),
  inputs: z.array(Input).min(1),
  eval: z.object({
    outputs: z.record(z.string(), Output),
    intermediates: z.record(z.string(), Output).default({}),
  }),
  train: Train.optional(),
  float32Error: Float32Error,
});
export type Golden = z.infer<typeof Golden>;
