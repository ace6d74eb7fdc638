import type { GpuIdentity } from "@epochmark/schema";
import { identifyDevices } from "./devices/identify-devices.ts";
import type { ToolOutputs } from "./devices/outputs.ts";
import { isLaptop } from "./environment.ts";
import { readText, usableMemoryMiB } from "./limits/limits.ts";
import { glxinfoArguments } from "./parse/glxinfo.ts";
import { lspciArguments } from "./parse/lspci.ts";
import { nvidiaSmiArguments } from "./parse/nvidia-smi.ts";
import { rocmSmiArguments } from "./parse/rocm-smi.ts";
import { vulkaninfoArguments } from "./parse/vulkaninfo.ts";
import { readPciBus } from "./tools/pci-bus.ts";
import { runTool, type RunOptions } from "./tools/run-tool.ts";
import { askSysteminformation } from "./tools/systeminformation.ts";

export interface DetectOptions {
  platform?: NodeJS.Platform;
  /** Environment of the tools; its `PATH` decides which are found. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Longest wait for any one tool, in ms. */
  timeoutMs?: number;
  /** Folder of the PCI bus in `/sys`. */
  pciFolder?: string;
}

/** WSL keeps the tool of the Windows driver where no `PATH` of a root shell or a service leads. */
const nvidiaSmiPlaces = ["nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"];

const firstAnswer = async (
  commands: readonly string[],
  args: readonly string[],
  options: RunOptions,
): Promise<string | undefined> => {
  for (const command of commands) {
    const answer = await runTool(command, args, options);
    if (answer.ok) return answer.text;
    if (answer.reason !== "missing") return undefined;
  }
  return undefined;
};

/** Asks every tool of this platform at once; what fails is left out. */
const askTools = async (options: DetectOptions): Promise<ToolOutputs> => {
  const { platform = process.platform, env = process.env, timeoutMs = 10_000, pciFolder } = options;
  const run = { timeoutMs, env };
  const linux = platform === "linux";
  const drawing = linux && (env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]) !== undefined;
  const ask = (when: boolean, commands: readonly string[], args: readonly string[]) =>
    when ? firstAnswer(commands, args, run) : Promise.resolve(undefined);
  const [nvidiaSmi, rocmSmi, lspci, vulkaninfo, glxinfo, controllers] = await Promise.all([
    ask(platform !== "darwin", nvidiaSmiPlaces, nvidiaSmiArguments),
    ask(linux, ["rocm-smi", "/opt/rocm/bin/rocm-smi"], rocmSmiArguments),
    ask(linux, ["lspci"], lspciArguments),
    ask(linux, ["vulkaninfo"], vulkaninfoArguments),
    ask(drawing, ["glxinfo"], glxinfoArguments),
    askSysteminformation("graphics", run),
  ]);
  return {
    platform,
    nvidiaSmi,
    rocmSmi,
    pci: linux ? readPciBus(pciFolder) : [],
    lspci,
    controllers,
    vulkaninfo,
    glxinfo,
    laptop: linux ? isLaptop(readText) : undefined,
    hostMemoryMiB: Math.round(usableMemoryMiB()),
  };
};

/**
 * All GPUs of this machine, each with its canonical identity: discrete ones first, then integrated ones, then software
 * renderers. Empty where there is none. Never fails: a tool that is missing, hangs or prints garbage is passed over.
 */
export const detectDevices = async (options: DetectOptions = {}): Promise<GpuIdentity[]> =>
  identifyDevices(await askTools(options));
