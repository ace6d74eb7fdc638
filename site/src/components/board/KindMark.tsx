import type { Line } from "../../board/columns.ts";
import type { Words } from "../../i18n/index.ts";
import { StatusBadge } from "../StatusBadge.tsx";

type Props = { line: Pick<Line, "kind" | "status" | "reason" | "mode" | "source">; words: Words };

/** What a figure is worth, in words: its kind, how the case ended, whether it counts, where it was read. */
export const KindMark = ({ line: { kind, status, reason, mode, source }, words }: Props) => (
  <>
    <span class={`kind ${kind}`} title={words.kindNotes[kind]}>
      {words.kinds[kind]}
    </span>
    {(kind === "measured" || status !== "ok") && <StatusBadge status={status} words={words} />}
    {mode !== null && mode !== "ranked" && <span class="quiet">{words.modes[mode]}</span>}
    {(reason ?? source) !== null && (
      <span class="quiet note">
        <bdi>{reason ?? source}</bdi>
      </span>
    )}
  </>
);
