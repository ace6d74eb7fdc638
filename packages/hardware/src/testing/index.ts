import { readdirSync, readFileSync } from "node:fs";
import type { GpuIdentity } from "@epochmark/schema";
import { identifyDevices } from "../devices/identify-devices.ts";
import type { ToolOutputs } from "../devices/outputs.ts";

/** Text of a tool is kept as lines, so that a change shows in a diff. */
type Texts = "nvidiaSmi" | "rocmSmi" | "lspci" | "vulkaninfo" | "glxinfo";

/** What a machine's tools and drivers answered once. */
export interface Fixture {
  file: string;
  about: string;
  /** A report anyone can open, with how its text got here; or the reason why this one was made up. */
  origin: { kind: "report"; url: string; form: string } | { kind: "constructed"; reason: string };
  outputs: Omit<ToolOutputs, Texts> & Partial<Record<Texts, string[]>>;
  expect: Omit<GpuIdentity, "rawNames">[];
  /** What the drivers say of its cards to an engine that asks them, and what a plain run takes there. */
  engines?: {
    /** Vulkan's devices (WebGPU's adapters on Linux and Windows) in the loader's order; absent: no Vulkan. */
    adapters?: { name: string; kind: "discrete" | "integrated" | "software"; pciId: string }[];
    /** Cards of the CUDA driver; absent: no driver. */
    cards?: { name: string; pciBus: string; capability: string }[];
    /** Engine, device and GPU, with nothing set up and with `bench setup cuda` done where that differs. */
    takes: { engine: string; device: string; gpu: string; cuda?: { device: string; gpu: string } };
    /** GPUs that no engine can use, with nothing set up. */
    unused: string[];
  };
}

const folder = new URL("../../fixtures/", import.meta.url);

export const fixtures: Fixture[] = readdirSync(folder)
  .toSorted()
  .map((file) => ({ file, ...(JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Omit<Fixture, "file">) }));

const text = (lines: string[] | undefined): string | undefined => lines?.map((line) => `${line}\n`).join("");

export const identified = ({ outputs }: Fixture): GpuIdentity[] =>
  identifyDevices({
    ...outputs,
    nvidiaSmi: text(outputs.nvidiaSmi),
    rocmSmi: text(outputs.rocmSmi),
    lspci: text(outputs.lspci),
    vulkaninfo: text(outputs.vulkaninfo),
    glxinfo: text(outputs.glxinfo),
  });
