import type { Status } from "@epochmark/schema";
import type { Words } from "../i18n/index.ts";

/** `good` is drawn quietly, `poor` has figures that do not count, `none` has none. */
const tones: Record<Status, "good" | "poor" | "none"> = {
  ok: "good",
  unstable: "poor",
  throttled: "poor",
  shared: "poor",
  spilled: "poor",
  oom: "none",
  unsupported: "none",
  cpu_fallback: "none",
  timeout: "none",
  failed: "none",
};

/** How a case ended; form and words say it, not colour alone. */
export const StatusBadge = ({ status, words }: { status: Status; words: Words }) => (
  <span class={`badge ${tones[status]}`}>{words.status[status]}</span>
);
