import { setBackend, version } from "@tensorflow/tfjs";
import { EagerSession } from "../eager/session.ts";
import { type Engine, UnsupportedError } from "../engine.ts";

/** The plugin's own function, run eagerly on tfjs's plain JavaScript backend: slow, and the oracle that others are held against. */
export const tfjsCpu: Engine = {
  id: "tfjs-cpu",
  version: version["tfjs-core"] ?? "unknown",
  kind: "eager",
  probe: async () => [{ id: "cpu", kind: "cpu", name: null, usable: true, reason: null }],
  load: async (program, options) => {
    if (options.device !== "cpu") throw new UnsupportedError(`tfjs-cpu has no device "${options.device}": use cpu`);
    const start = performance.now();
    await setBackend("cpu");
    return new EagerSession(program, options, "cpu", start);
  },
};
