import { cpuIdentity, describeHost, detectDevices, usableThreads } from "@epochmark/hardware";
import type { GpuIdentity, Host } from "@epochmark/schema";

/** Who is measured. */
export interface Machine {
  host: Host;
  /** Graphics devices, in the order in which the system lists them. */
  gpus: GpuIdentity[];
  cpu: GpuIdentity;
  /** Threads that a CPU device uses. */
  threads: number;
}

export async function describeMachine(): Promise<Machine> {
  const [host, gpus] = await Promise.all([describeHost(), detectDevices()]);
  return { host, gpus, cpu: cpuIdentity(host), threads: usableThreads() };
}
