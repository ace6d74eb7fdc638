export { type CudaMajor, setupCuda } from "./cuda.ts";
export { type Route, routesFor } from "./routes.ts";
export { setupTfjsNode } from "./tfjs-node.ts";
