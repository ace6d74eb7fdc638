export * from "./cost-table.ts";
export * from "./data-flow.ts";
export * from "./gpu.ts";
export * from "./ids.ts";
export * from "./manifest.ts";
export * from "./paper.ts";
export * from "./readings.ts";
export * from "./run-file.ts";
