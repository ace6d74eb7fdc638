import type { EngineDevice } from "@epochmark/engines";
import { cpuIdentity, describeHost, detectDevices, identifyAdapter, usableThreads } from "@epochmark/hardware";
import type { GpuIdentity, Host } from "@epochmark/schema";
import { UsageError } from "./errors.ts";

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

/**
 * Whose results these are: the card at the device's address, else the one of the machine's list that is called so, else
 * (an engine that names nothing) the first of its kind. Inferred unless the address or the engine's own word says it.
 *
 * @throws {UsageError} when nothing tells which device it is
 */
export function identityOf(device: EngineDevice, { cpu, gpus }: Pick<Machine, "cpu" | "gpus">): GpuIdentity {
  if (device.kind === "cpu") return cpu;
  const { name, kind, pciId = null, driver = null, pciBus, inferred = false } = device;
  const atAddress = gpus.find((gpu) => pciBus !== undefined && gpu.pciBus === pciBus);
  // A slice of a card (MIG) has the card's address and is not the card.
  if (atAddress && name !== null && /\bMIG \d+g\./.test(name))
    return { ...identifyAdapter({ name, kind, pciId, driver: atAddress.driver }), pciBus: atAddress.pciBus };
  if (atAddress) return atAddress;
  if (name === null) {
    const first = gpus.find((gpu) => gpu.kind === kind) ?? gpus.find((gpu) => gpu.kind !== "software");
    if (first) return { ...first, inferred: true };
    throw new UsageError(`device ${device.id} is none that this machine's tools name: it cannot be identified`);
  }
  const adapter = identifyAdapter({ name, kind, pciId, driver });
  const listed = gpus.find((gpu) => gpu.rawNames.includes(name)) ?? gpus.find(({ id }) => id === adapter.id);
  return { ...(listed ?? adapter), inferred };
}
