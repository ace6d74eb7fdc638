import type { KernelRules } from "../recorder.ts";

/** Softmax and batch normalisation with given statistics. */
export const normalization: KernelRules = {
  FusedBatchNorm: (g, inputs, { varianceEpsilon }) => {
    const [x, mean, variance] = [inputs.get("x"), inputs.get("mean"), inputs.get("variance")];
    const inverse = g.op("Reciprocal", [g.op("Sqrt", [g.op("Add", [variance, g.scalar(varianceEpsilon ?? 0.001)])])]);
    const factor = inputs.has("scale") ? g.op("Mul", [inverse, inputs.get("scale")]) : inverse;
    const scaled = g.op("Mul", [g.op("Sub", [x, mean]), factor]);
    return inputs.has("offset") ? g.op("Add", [scaled, inputs.get("offset")]) : scaled;
  },
  Softmax: (g, inputs, { dim }) => {
    const logits = inputs.get("logits");
    return g.op("Softmax", [logits], { axis: dim < 0 ? dim + logits.shape.length : dim });
  },
};
