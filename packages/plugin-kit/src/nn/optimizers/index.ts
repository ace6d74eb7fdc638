export { adam, type AdamOptions, adamW, type AdamWOptions } from "./adam.ts";
export { clipByGlobalNorm } from "./clip.ts";
export type { Optimizer, StepScalars } from "./optimizer.ts";
export { sgd, type SgdOptions } from "./sgd.ts";
