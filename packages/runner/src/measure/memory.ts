import { peakHostMemory } from "@epochmark/hardware/host-memory";
import type { Launch, Measured } from "@epochmark/schema";

/** Peaks of this process so far: host memory, and memory of the device where it is not the host's. */
export function peakMemory(device: string): Launch["memory"] {
  const unknown = withoutSensor(device);
  return {
    hostPeakMiB: peakHostMemory(),
    devicePeakMiB: unknown,
    deviceContextMiB: unknown,
    deviceBaselineMiB: unknown,
  };
}

function withoutSensor(device: string): Measured {
  const reason =
    device === "cpu" ? "the device is the CPU: its memory is the host's" : "no sensor told of the device's memory";
  return { value: null, method: null, reason };
}
