import { EagerSession } from "../eager/session.ts";
import { type Engine, type EngineDevice, UnsupportedError } from "../engine.ts";
import { tfjsNode as pinned } from "../setup/pins.ts";
import { backendName, useBackend } from "./backend.ts";
import { findCards } from "./cards.ts";
import { findInstallation } from "./installation.ts";

const installation = findInstallation();

/** The plugin's own function, run eagerly on libtensorflow: what `@tensorflow/tfjs-node` and `-gpu` do. */
export const tfjsNode: Engine = {
  id: "tfjs-node",
  version: installation ? `${pinned.version}, ${installation.what}` : pinned.version,
  kind: "eager",
  probe: async () => devices(installation, findCards()),
  load: async (program, options) => {
    const named = devices(installation, findCards()).find(({ id }) => id === options.device);
    if (!named) throw new UnsupportedError(`tfjs-node has no device "${options.device}" here: use cpu`);
    if (!installation || !named.usable) throw new UnsupportedError(`tfjs-node on ${named.id}: ${named.reason}`);
    const start = performance.now();
    await useBackend(installation, options);
    return new EagerSession(program, options, backendName, start);
  },
};

/** What the engine can use, from what is installed and from the cards of NVIDIA's driver; null where it is not there. */
export function devices(
  installed: { gpu: boolean } | null,
  cards: readonly { name: string | null }[] | null,
): EngineDevice[] {
  const without = (command: string): string => `libtensorflow is not set up: bench setup tfjs-node${command} adds it`;
  const cpu: EngineDevice = {
    id: "cpu",
    kind: "cpu",
    name: null,
    usable: installed !== null,
    reason: installed ? null : without(""),
  };
  const cuda = (id: string, name: string | null, reason: string | null): EngineDevice => ({
    id,
    kind: "discrete",
    name,
    usable: reason === null,
    reason,
  });
  if (cards === null) return [cpu, cuda("cuda", null, "no NVIDIA driver is installed")];
  const reason = installed?.gpu ? null : without(" --gpu");
  return [cpu, ...cards.map(({ name }, index) => cuda(`cuda:${index}`, name, reason))];
}
