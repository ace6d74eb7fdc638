import type { Engine, EngineDevice } from "@epochmark/engines";
import type { EngineInfo } from "../child/protocol.ts";
import { withoutPaths } from "../reason.ts";

/** What each engine of a module says it can use; one whose probe throws has no usable device, and says why. */
export async function probe(enginesModule: string): Promise<EngineInfo[]> {
  const { engines } = (await import(enginesModule)) as { engines: readonly Engine[] };
  return Promise.all(
    engines.map(async (engine) => {
      const devices = await engine.probe().catch((error: Error): EngineDevice[] => [unusable(error)]);
      return { id: engine.id, version: engine.version, kind: engine.kind, devices };
    }),
  );
}

const unusable = (error: Error): EngineDevice => ({
  id: "none",
  kind: "cpu",
  name: null,
  usable: false,
  reason: withoutPaths(error.message.split("\n")[0] ?? error.name),
});
