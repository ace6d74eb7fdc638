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

  /** Nodes by provider, once the profile was ended; removes it. */
  placement(): Record<string, number> {
    try {
      const [file] = readdirSync(this.#folder);
      return file ? countByProvider(readFileSync(join(this.#folder, file), "utf8")) : {};
    } finally {
      this.discard();
    }
  }

  discard(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface ProfileEvent {
  cat: string;
  name: string;
  args?: { provider?: string };
}

/** Counts the kernel times of a profile in Chrome's trace format. */
export function countByProvider(profile: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { cat, name, args } of JSON.parse(profile) as ProfileEvent[])
    if (cat === "Node" && name.endsWith("_kernel_time") && args?.provider)
      counts[args.provider] = (counts[args.provider] ?? 0) + 1;
  return counts;
}
