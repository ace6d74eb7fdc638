export { apisOf } from "./apis.ts";
export { figures } from "./figures.ts";
export { findGpu, gpus } from "./gpus.ts";
export { identify, type Identification, type IdentityHints } from "./identify.ts";
export { models } from "./models.ts";
export { displayName, slug } from "./names.ts";
