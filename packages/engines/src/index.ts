import type { Engine } from "./engine.ts";
import { onnxruntime } from "./onnxruntime/engine.ts";
import { tfjsCpu } from "./tfjs-cpu/engine.ts";
import { tfjsNode } from "./tfjs-node/engine.ts";

export { cacheFolder } from "./cache.ts";
export { type Engine, type EngineDevice, type LoadOptions, type Session, UnsupportedError } from "./engine.ts";

/** Every engine, the preferred one first. */
export const engines: readonly Engine[] = [onnxruntime, tfjsNode, tfjsCpu];

/** @throws an error that names the engines there are */
export function engineById(id: string): Engine {
  const engine = engines.find((candidate) => candidate.id === id);
  if (!engine)
    throw new Error(`there is no engine "${id}": use ${engines.map((candidate) => candidate.id).join(" or ")}`);
  return engine;
}
