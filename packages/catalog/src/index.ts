export { findGpu, gpus } from "./gpus.ts";
export { identify, type Identification, type IdentityHints } from "./identify.ts";
export { displayName, slug } from "./names.ts";
