import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Where nodes really ran, asked of onnxruntime itself: its Node API tells it only through a profile,
 * which it writes to a file. The first run is profiled and none after it, whatever the provider, so
 * that a node that fell back to the CPU shows.
 */
export class FirstRunProfile {
  readonly #folder = mkdtempSync(join(tmpdir(), "epochmark-profile-"));

  /** What a session's options need so that its first run is profiled. */
  get options(): { enableProfiling: true; profileFilePrefix: string } {
    return { enableProfiling: true, profileFilePrefix: join(this.#folder, "run") };
  }

  /** What ran and for how long, once the profile was ended; removes it. */
  read(): { placement: Placement; operatorMs: Record<string, number> } {
    try {
      const [file] = readdirSync(this.#folder);
      const kernels = kernelsOf(file ? readFileSync(join(this.#folder, file), "utf8") : "[]");
      return { placement: placementOf(kernels), operatorMs: operatorTimes(kernels) };
    } finally {
      this.discard();
    }
  }

  discard(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Nodes that ran, by provider and then by operation. */
export type Placement = Record<string, Record<string, number>>;

interface ProfileEvent {
  cat: string;
  name: string;
  /** In µs. */
  dur?: number;
  args?: { provider?: string; op_name?: string };
}

/** A kernel that ran. */
interface Kernel {
  provider: string;
  op: string;
  ms: number;
}

/** How many kernels of each operation ran on each provider. */
export function placementOf(kernels: readonly Kernel[]): Placement {
  const counts: Placement = {};
  for (const { provider, op } of kernels) {
    const ops = (counts[provider] ??= {});
    ops[op] = (ops[op] ?? 0) + 1;
  }
  return counts;
}

/** Time by operation, in ms, on whatever provider. */
export function operatorTimes(kernels: readonly Kernel[]): Record<string, number> {
  const times: Record<string, number> = {};
  for (const { op, ms } of kernels) times[op] = (times[op] ?? 0) + ms;
  return times;
}

/** The kernels of a profile in Chrome's trace format, which holds megabytes: read it once. */
export function kernelsOf(profile: string): Kernel[] {
  return (JSON.parse(profile) as ProfileEvent[]).flatMap(({ cat, name, dur = 0, args }) =>
    cat === "Node" && name.endsWith("_kernel_time") && args?.provider
      ? [{ provider: args.provider, op: args.op_name ?? "unknown", ms: dur / 1000 }]
      : [],
  );
}

/** How many nodes ran on each provider. */
export const countByProvider = (placement: Placement): Record<string, number> =>
  Object.fromEntries(
    Object.entries(placement).map(([provider, ops]) => [provider, Object.values(ops).reduce((sum, n) => sum + n, 0)]),
  );
