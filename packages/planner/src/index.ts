export { type Choice, cheapestFor } from "./cheapest.ts";
export { type Device, deviceById, deviceChoices, deviceOf, PlannerError } from "./device.ts";
export { type Evidence, evidenceOf } from "./evidence.ts";
export {
  type HostCase,
  hostCase,
  hostFactors,
  type HostFit,
  hostMemoryMiB,
  type HostModel,
  hostParts,
  hostTerms,
} from "./host-memory.ts";
export { type HostPlan, type HostRequest, planHost } from "./host-plan.ts";
export { coverage, type Estimate } from "./interval.ts";
export { largestBatch } from "./memory.ts";
export {
  type BatchMemory,
  type FigureKind,
  type Fit,
  memoryByBatch,
  predictStep,
  type StepPrediction,
  type StepRequest,
} from "./predict.ts";
export {
  measuredTrainings,
  type MeasuredTraining,
  modelOf,
  planTraining,
  type TrainingPlan,
  type TrainingRequest,
} from "./training.ts";
