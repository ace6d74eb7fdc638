export type { Paper, Phase, Recipe, Size, TensorSpec } from "@epochmark/schema";
export * from "./plugin.ts";
export { Random } from "./random.ts";
export { Scope, type State, type StateSpec } from "./scope.ts";
export { configFor, detach, initialState, makeStep, type Step, type StepRequest } from "./step.ts";
export { tf } from "./tf.ts";
