export { setupTfjsNode } from "./tfjs-node.ts";
