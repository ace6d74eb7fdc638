import { type KernelRule, type KernelRules, graphType } from "../recorder.ts";

const filledLike =
  (value: number): KernelRule =>
  (g, inputs) => {
    const x = inputs.get("x");
    return g.constant(x.shape, x.dtype, value);
  };

/** Kernels that make tensors from nothing: all become constants. */
export const create: KernelRules = {
  Fill: (g, _, { shape, value, dtype }) => g.constant(shape, graphType(dtype ?? "float32"), value),
  LinSpace: (g, _, { start, stop, num }) =>
    g.constant(
      [num],
      "float32",
      Float32Array.from({ length: num }, (_x, i) => (num === 1 ? start : start + ((stop - start) / (num - 1)) * i)),
    ),
  OnesLike: filledLike(1),
  Range: (g, _, { start, stop, step, dtype }) => {
    // Like tfjs, count down where only the default step says otherwise.
    const by = stop < start && step === 1 ? -1 : step;
    const length = Math.max(0, Math.ceil((stop - start) / by));
    const data = Array.from({ length }, (_x, i) => start + i * by);
    return dtype === "int32"
      ? g.constant([length], "int32", Int32Array.from(data))
      : g.constant([length], "float32", Float32Array.from(data));
  },
  ZerosLike: filledLike(0),
};
