import { EagerSession } from "../eager/session.ts";
import { type Engine, type EngineDevice, UnsupportedError } from "../engine.ts";
import { type CudaCard, readCuda } from "../onnxruntime/cuda.ts";
import { covers, cudaBuilds } from "../setup/builds.ts";
import { tfjsNode as pinned } from "../setup/pins.ts";
import { backendName, useBackend } from "./backend.ts";
import { type Installation, findInstallation } from "./installation.ts";

const installation = findInstallation();

/** The plugin's own function, run eagerly on libtensorflow: what `@tensorflow/tfjs-node` and `-gpu` do. */
export const tfjsNode: Engine = {
  id: "tfjs-node",
  version: installation ? `${pinned.version}, ${installation.what}` : pinned.version,
  kind: "eager",
  probe: async () => devices(installation, readCuda()),
  load: async (program, options) => {
    const named = devices(installation, readCuda()).find(({ id }) => id === options.device);
    if (!named) throw new UnsupportedError(`tfjs-node has no device "${options.device}" here: use cpu`);
    if (!installation || !named.usable) throw new UnsupportedError(`tfjs-node on ${named.id}: ${named.reason}`);
    const start = performance.now();
    await useBackend(installation, options);
    return new EagerSession(program, options, backendName, start);
  },
};

/** What the engine can use, from what is installed and from the cards of NVIDIA's driver; null where it is not there. */
export function devices(
  installed: Pick<Installation, "gpu" | "source" | "what"> | null,
  cards: readonly CudaCard[] | null,
): EngineDevice[] {
  const without = (option: string): string => `libtensorflow is not set up: bench setup tfjs-node${option}`;
  const cpu: EngineDevice = {
    id: "cpu",
    kind: "cpu",
    name: null,
    usable: installed !== null,
    reason: installed ? null : without(""),
  };
  const none = { id: "cuda", kind: "discrete", name: null, usable: false } as const;
  if (cards === null) return [cpu, { ...none, reason: "no NVIDIA driver is installed" }];
  if (cards.length === 0) return [cpu, { ...none, reason: "NVIDIA's driver finds no card" }];
  return [
    cpu,
    ...cards.map(({ name, pciBus, capability }, index): EngineDevice => {
      const card = { id: `cuda:${index}`, kind: "discrete", name, pciBus } as const;
      const current = covers(cudaBuilds.tensorflow, capability);
      if (!installed?.gpu)
        return { ...card, usable: false, reason: without(current ? " --gpu" : " --gpu --from package") };
      if (installed.source === "wheel" && !current)
        return {
          ...card,
          usable: false,
          reason: `${installed.what} has no code for compute capability ${capability}: bench setup tfjs-node --gpu --from package`,
        };
      // libtensorflow takes TF32 by itself where the card has it (8.0 and newer).
      const tf32 = Number(capability) >= 8 ? { tf32: {} } : {};
      return {
        ...card,
        usable: true,
        reason: null,
        precisions: { fp32: { NVIDIA_TF32_OVERRIDE: "0" }, ...tf32 },
        refusals: {
          fp16: "tfjs has no fp16",
          tf32: `compute capability ${capability} has no TF32 (8.0 and newer have)`,
        },
      };
    }),
  ];
}
