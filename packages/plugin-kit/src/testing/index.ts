export { runEagerly } from "./eager.ts";
export { layerErrors, type Reference } from "./layer-errors.ts";
export { erf, relativeError, slopes } from "./numbers.ts";
export { useCpu } from "./use-cpu.ts";
