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

  /** The nodes that ran, once the profile was ended; removes it. */
  placement(): Placement {
    try {
      const [file] = readdirSync(this.#folder);
      return file ? placementOf(readFileSync(join(this.#folder, file), "utf8")) : {};
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
  args?: { provider?: string; op_name?: string };
}

/** Counts the kernel times of a profile in Chrome's trace format. */
export function placementOf(profile: string): Placement {
  const counts: Placement = {};
  for (const { cat, name, args } of JSON.parse(profile) as ProfileEvent[]) {
    if (cat !== "Node" || !name.endsWith("_kernel_time") || !args?.provider) continue;
    const ops = (counts[args.provider] ??= {});
    const op = args.op_name ?? "unknown";
    ops[op] = (ops[op] ?? 0) + 1;
  }
  return counts;
}

/** How many nodes ran on each provider. */
export const countByProvider = (placement: Placement): Record<string, number> =>
  Object.fromEntries(
    Object.entries(placement).map(([provider, ops]) => [provider, Object.values(ops).reduce((sum, n) => sum + n, 0)]),
  );
