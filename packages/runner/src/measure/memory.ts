import { readFile } from "node:fs/promises";
import type { Launch, Measured } from "@epochmark/schema";

/** Peaks of this process so far: host memory, and memory of the device where it is not the host's. */
export async function peakMemory(device: string): Promise<Launch["memory"]> {
  return { hostPeakMiB: await hostPeak(), devicePeakMiB: devicePeak(device) };
}

async function hostPeak(): Promise<Measured> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib !== undefined) return { value: Number(kib) / 1024, method: "VmHWM of /proc/self/status", reason: null };
  // libuv gives KiB on every system.
  return { value: process.resourceUsage().maxRSS / 1024, method: "maxRSS of getrusage", reason: null };
}

function devicePeak(device: string): Measured {
  if (device === "cpu") return { value: null, method: null, reason: "the device is the CPU: its memory is the host's" };
  return { value: null, method: null, reason: `no sensor for the memory of ${device}` };
}
