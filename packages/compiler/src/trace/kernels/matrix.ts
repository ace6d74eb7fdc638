import type { KernelRules } from "../recorder.ts";

/** Matrix products. */
export const matrix: KernelRules = {
  BatchMatMul: (g, inputs, { transposeA, transposeB }) =>
    g.op("MatMul", [inputs.get("a"), inputs.get("b")], {
      transposeA: Boolean(transposeA),
      transposeB: Boolean(transposeB),
    }),
};
