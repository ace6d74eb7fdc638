import { arch, cpus, release, type } from "node:os";
import type { Host } from "@epochmark/schema";
import { isContainer, isWsl } from "./environment.ts";
import { readText, usableMemoryMiB, usableThreads } from "./limits/limits.ts";
import { knownNumber, knownText } from "./text.ts";
import { askSysteminformation } from "./tools/systeminformation.ts";

export interface HostOptions {
  platform?: NodeJS.Platform;
  env?: Readonly<Record<string, string | undefined>>;
  /** Longest wait for systeminformation, in ms. */
  timeoutMs?: number;
}

const systems: Readonly<Partial<Record<NodeJS.Platform, Host["os"]>>> = {
  linux: "linux",
  darwin: "darwin",
  win32: "win32",
  freebsd: "freebsd",
};

const object = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** Only the numbers: what builders append to a kernel's version may name them. */
const kernelNumber = (version: string): string | null => /^\d+(?:\.\d+)*/.exec(version)?.[0] ?? null;

/** `Debian GNU/Linux 12, kernel 6.1.0`; the kernel's own name and number where no distribution is known. */
const osVersion = (answer: Record<string, unknown>, platform: string): string => {
  const distribution = [knownText(answer["distro"]), knownText(answer["release"])].filter(Boolean).join(" ");
  const kernel = kernelNumber(knownText(answer["kernel"]) ?? release());
  if (distribution === "") return [type(), kernel].filter(Boolean).join(" ");
  return platform === "linux" && kernel !== null ? `${distribution}, kernel ${kernel}` : distribution;
};

/** Processor names carry trademarks, clock rates and the graphics beside the cores: none of it tells processors apart. */
const cleanCpuName = (name: string): string =>
  name
    .replace(/\((?:R|TM)\)|[®™]/gi, " ")
    .replace(/@.*$/, " ")
    .replace(/\b(?:w\/|with) Radeon.*$/i, " ")
    .replace(/\b(?:\d+-Core )?Processor\b|\bCPU\b/gi, " ")
    .replace(/\s+/g, " ")
    .trim();

/** Maker and model, each once: `Intel Xeon Platinum 8488C`. */
const cpuName = (answer: Record<string, unknown>, model: string | undefined): string => {
  const maker = cleanCpuName(knownText(answer["manufacturer"]) ?? "");
  const brand = cleanCpuName(knownText(answer["brand"]) ?? "");
  if (brand === "") return cleanCpuName(knownText(model) ?? "") || "unknown CPU";
  return maker === "" || brand.toLowerCase().includes(maker.toLowerCase()) ? brand : `${maker} ${brand}`;
};

/** Builds the host's description from systeminformation's answer, which may hold anything or nothing. */
export const hostFrom = (
  answer: unknown,
  machine: Pick<Host, "arch" | "memoryMiB" | "container" | "wsl" | "node"> & {
    platform: NodeJS.Platform;
    threads: number;
    cpuModel?: string | undefined;
  },
): Host => {
  const { platform, threads, cpuModel, ...rest } = machine;
  const { os, cpu } = object(answer);
  const processor = object(cpu);
  const name = cpuName(processor, cpuModel);
  const cores = knownNumber(processor["physicalCores"]);
  return {
    ...rest,
    os: systems[platform] ?? "other",
    osVersion: osVersion(object(os), platform).slice(0, 200),
    cpu: {
      name,
      vendor: knownText(processor["manufacturer"], 100) ?? name.split(" ")[0] ?? "unknown",
      physicalCores: cores === null ? null : Math.round(cores),
      threads,
    },
  };
};

/**
 * What this machine is, as far as it bears on speed: no host name, user name, serial number or path. Memory and threads
 * are those that this process may use, so a container's limits count.
 */
export const describeHost = async (options: HostOptions = {}): Promise<Host> => {
  const { platform = process.platform, env = process.env, timeoutMs = 10_000 } = options;
  return hostFrom(await askSysteminformation("host", { timeoutMs, env }), {
    platform,
    arch: arch(),
    cpuModel: cpus()[0]?.model,
    threads: usableThreads(),
    memoryMiB: Math.round(usableMemoryMiB()),
    container: platform === "linux" && isContainer(readText, env),
    wsl: platform === "linux" && isWsl(readText, env),
    node: process.version,
  });
};
