import type { DeviceState, GpuIdentity } from "@epochmark/schema";
import { knownNumber } from "../text.ts";
import { runTool } from "../tools/run-tool.ts";

/** What every driver answers. */
const common = [
  "power.limit",
  "power.default_limit",
  "clocks.default_applications.graphics",
  "clocks.max.sm",
  "display_active",
  "pcie.link.gen.max",
  "pcie.link.width.current",
];
/** Drivers before 450 refuse the whole question for this field's sake. */
const all = [...common, "mig.mode.current"];

/** Longest wait for the tool, in ms. */
const timeoutMs = 10_000;

/** How a device is set up: its power limit, clocks, screen, partitions and link; of NVIDIA's cards, whose tool tells. */
export async function describeDeviceState(
  { vendor, kind, pciBus }: GpuIdentity,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<DeviceState> {
  if (vendor !== "nvidia" || kind === "cpu")
    return { known: false, reason: "no tool for this device tells how it is set up" };
  const id = pciBus === null ? [] : [`--id=${pciBus}`];
  const ask = (fields: readonly string[]): ReturnType<typeof runTool> =>
    runTool("nvidia-smi", [...id, `--query-gpu=${fields.join(",")}`, "--format=csv,noheader,nounits"], {
      timeoutMs,
      env,
    });
  const first = await ask(all);
  const answer = !first.ok && first.reason === "failed" ? await ask(common) : first;
  if (!answer.ok) return { known: false, reason: `nvidia-smi did not answer (${answer.reason})` };
  return parseDeviceState(answer.text) ?? { known: false, reason: "nvidia-smi's answer is not understood" };
}

/** The first line of the tool's answer; null where it is none. */
export function parseDeviceState(text: string): DeviceState | null {
  const found = text
    .split("\n")[0]!
    .split(",")
    .map((field) => field.trim());
  if (found.length !== all.length && found.length !== common.length) return null;
  const [limit, defaultLimit, defaultClock, maxClock, display, generation, lanes, mig] = found;
  const whole = (field: string | undefined): number | null => {
    const number = knownNumber(field);
    return number === null ? null : Math.round(number);
  };
  return {
    known: true,
    method: "nvidia-smi",
    powerLimitW: knownNumber(limit),
    defaultPowerLimitW: knownNumber(defaultLimit),
    defaultClockMHz: knownNumber(defaultClock),
    maxClockMHz: knownNumber(maxClock),
    displayAttached: flag(display),
    partitioned: flag(mig),
    pcieGeneration: whole(generation),
    pcieLanes: whole(lanes),
  };
}

const flag = (field: string | undefined): boolean | null =>
  field === "Enabled" ? true : field === "Disabled" ? false : null;
