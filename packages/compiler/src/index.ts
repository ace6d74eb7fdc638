export { type CompileOptions, compile } from "./compile.ts";
export { dataFlow } from "./flow/data-flow.ts";
export { peakHeldBytes } from "./cost/live.ts";
export { profile } from "./cost/profile.ts";
export type { ConstantData } from "./graph/graph.ts";
export { type OnnxModel, type OnnxOptions, writeIdentity, writeOnnx } from "./onnx/write.ts";
export type { Arrays, Program, StepFunction } from "./program.ts";
export { UnsupportedKernelError } from "./trace/errors.ts";
