import type { DeviceKind, Mode, Phase, Status } from "@epochmark/schema";

/** How a case ended, in a reader's words. `good` is drawn quietly, `poor` has figures that do not count, `none` has none. */
export const statusWords = {
  ok: { label: "ok", tone: "good" },
  unstable: { label: "unstable", tone: "poor" },
  throttled: { label: "throttled", tone: "poor" },
  shared: { label: "device was shared", tone: "poor" },
  spilled: { label: "spilled to host memory", tone: "poor" },
  oom: { label: "does not fit in memory", tone: "none" },
  unsupported: { label: "unsupported", tone: "none" },
  cpu_fallback: { label: "fell back to the CPU", tone: "none" },
  timeout: { label: "timed out", tone: "none" },
  failed: { label: "failed", tone: "none" },
} as const satisfies Record<Status, { label: string; tone: "good" | "poor" | "none" }>;

export const phaseWords = {
  train: "train step",
  infer: "inference",
  online: "online",
} as const satisfies Record<Phase, string>;

export const modeWords = {
  fast: "fast, unranked",
  ranked: "ranked",
  sustained: "sustained, unranked",
} as const satisfies Record<Mode, string>;

export const kindWords = {
  discrete: "discrete GPU",
  integrated: "integrated GPU",
  software: "software GPU",
  cpu: "CPU",
} as const satisfies Record<DeviceKind, string>;
