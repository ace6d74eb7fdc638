import type { Float32Error } from "./schema.ts";

/**
 * What passes, as the rule of the golden files says: a fixed bound, or a multiple of what the official
 * code itself loses in float32, whichever is larger. Relative errors.
 */
export const tolerances = {
  outputs: ({ outputs }: Float32Error) => Math.max(1e-5, 3 * outputs),
  /** With the mean out of the denominator: a wrong epsilon shows only in the part that varies. */
  outputsCentred: ({ outputsCentred = 0 }: Float32Error) => Math.max(2e-5, 3 * outputsCentred),
  intermediates: ({ intermediates }: Float32Error) => Math.max(1e-5, 3 * intermediates),
  losses: () => 1e-5,
  gradient: ({ gradients }: Float32Error, own = gradients) => Math.max(1e-3, 5 * own),
  gradientsAllTogether: ({ gradientsAllTogether = 0 }: Float32Error) => Math.max(5e-4, 3 * gradientsAllTogether),
  lossesBySteps: ({ lossesBySteps }: Float32Error, step: number) =>
    Math.max(5e-4, 5 * (typeof lossesBySteps === "number" ? lossesBySteps : (lossesBySteps[step] ?? 0))),
  gradientNormsBySteps: ({ gradientNormsBySteps }: Float32Error) => Math.max(5e-4, 5 * gradientNormsBySteps),
  afterSteps: ({ afterSteps }: Float32Error) => Math.max(5e-4, 5 * afterSteps),
  parameterChange: ({ parameterChange }: Float32Error, own = parameterChange) => Math.max(2e-2, 3 * own),
  buffers: ({ buffersAfterFirstStep }: Float32Error) => Math.max(1e-5, 3 * buffersAfterFirstStep),
};
