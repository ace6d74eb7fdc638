export { runEagerly } from "./eager.ts";
export { useCpu } from "./use-cpu.ts";
