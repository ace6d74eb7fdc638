import { type Network, type Scope, type Step, makeStep, tf } from "@epochmark/plugin-kit";
import { gradients, sgd, softTargetCrossEntropy, toNhwc } from "@epochmark/plugin-kit/nn";
import type { Phase } from "@epochmark/schema";
import type { Mode } from "./layers.ts";

/** A classifier's body: NHWC images -> logits [B, 1000]. */
export type Body = (scope: Scope) => (images: tf.Tensor, mode: Mode) => tf.Tensor;

export interface Reference {
  /** Name under `reference/`. */
  id: string;
  side: number;
  body: Body;
}

const classes = 1000;

/** Inference, and a train step as the benchmarks of these networks take it: cross entropy, SGD with momentum 0.9. */
function network(scope: Scope, { side, body }: Reference): Network {
  const logits = body(scope);
  const parameters = scope.trainable();
  const update = sgd(scope, parameters, { momentum: 0.9, weightDecay: 1e-4 });
  const float = (name: string, shape: number[]) => ({ name, shape, dtype: "float32" as const });
  const image = (batch: number) => float("input", [batch, 3, side, side]);
  return {
    infer: { inputs: (batch) => [image(batch)], run: ({ input }) => ({ logits: logits(toNhwc(input!), "stored") }) },
    train: {
      inputs: (batch) => [
        image(batch),
        float("targets", [batch, classes]),
        float("learningRate", []),
        float("step", []),
      ],
      run({ input, targets, learningRate, step }) {
        const loss = () => ({ total: softTargetCrossEntropy(logits(toNhwc(input!), "train"), targets!) });
        const { losses, gradients: byParameter } = gradients(loss, parameters, scope);
        update(byParameter, { learningRate: learningRate!, step: step! });
        return losses;
      },
    },
  };
}

/** One phase of a reference network as a step. */
export function referenceStep(reference: Reference, phase: Phase, batch: number): Step {
  const model = {
    id: reference.id,
    configs: { tiny: reference, full: reference },
    build: network,
    configure: (config: Reference) => config,
  };
  return makeStep(model, { phase, size: "full", batch });
}
