export { compile } from "./compile.ts";
export type { ConstantData } from "./graph/graph.ts";
export { type OnnxModel, writeOnnx } from "./onnx/write.ts";
export type { Arrays, Program, StepFunction } from "./program.ts";
export { UnsupportedKernelError } from "./trace/errors.ts";
