import type { Kind, Range } from "../../board/types.ts";
import { formatEnds, formatFigure, formatHalfWidth } from "../../data/format.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { figure: Range | null; kind: Kind; scale: number; words: Words };

/** Images a second with their interval, as text and as a bar whose style says the kind of figure. */
export const Rate = ({ figure, kind, scale, words }: Props) => {
  if (figure === null) return <span class="quiet">{words.board.noFigure}</span>;
  const { median, low, high } = figure;
  const half = formatHalfWidth(figure);
  const absent = kind === "measured" ? words.board.oneLaunch : "";
  // A predicted interval is a factor, so that half of its width on both sides would be wrong.
  const interval = kind === "predicted" ? formatEnds(figure) : half && `± ${half}`;
  return (
    <>
      <span class="figure">
        <strong>{formatFigure(median)}</strong>
        <span class="quiet">{interval ?? absent}</span>
      </span>
      <svg class={`bar ${kind}`} viewBox={`0 0 ${scale || 1} 10`} preserveAspectRatio="none" aria-hidden="true">
        <rect width={median} height="10" vector-effect="non-scaling-stroke" />
        {low !== null && high !== null && (
          <path d={`M${low} 5H${high}M${low} 1.5V8.5M${high} 1.5V8.5`} vector-effect="non-scaling-stroke" />
        )}
      </svg>
    </>
  );
};
