import { columns, type ColumnId, type Line } from "../../board/columns.ts";
import { sortedBy, type State } from "../../board/state.ts";
import type { Task } from "../../board/types.ts";
import { formatDate, formatDayEnds, formatDays, formatEnergy, formatFigure, formatMiB } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";
import { GpuCell } from "./GpuCell.tsx";
import { KindMark } from "./KindMark.tsx";
import { Rate } from "./Rate.tsx";

type Props = {
  lines: readonly Line[];
  task: Task;
  scale: number;
  words: Words;
  links: Links;
  /** Absent where the order is fixed. */
  sorting?: { state: State; change: (next: State) => void };
};

const units: Partial<Record<ColumnId, string>> = { rate: "img/s" };

/** Columns that may have no value. One without any in the whole table says nothing and is not shown. */
const hasValue: Partial<Record<ColumnId, (line: Line) => boolean>> = {
  hours: ({ hours }) => Boolean(hours),
  memory: ({ memory }) => Boolean(memory),
  price: ({ perDollar }) => perDollar !== null,
  energy: ({ joulesPerImage }) => joulesPerImage !== null,
  confirmations: ({ ranked }) => ranked,
  date: ({ date }) => date !== null,
};

const classOf = (lines: readonly Line[]): string =>
  [
    "board",
    ...Object.entries(hasValue).flatMap(([id, has]) => (lines.some((line) => has(line)) ? [] : [`no-${id}`])),
  ].join(" ");

/** The table of one task. Every cell carries its column's name, which narrow screens show instead of the head. */
export const BoardTable = ({ lines, task, scale, words, links, sorting }: Props) => (
  <table class={classOf(lines)} role="table">
    <caption>
      {words.board.caption(
        task.title,
        `${words.phases[task.phase]}, ${words.board.batch(task.batch)}, ${task.precision}`,
      )}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(({ id }) => (
          <th
            key={id}
            scope="col"
            role="columnheader"
            class={`c-${id}`}
            {...(sorting ? sortOf(sorting.state, id) : {})}
          >
            {sorting ? (
              <button type="button" onClick={() => sorting.change(sortedBy(sorting.state, id))}>
                {words.columns[id]}
                {units[id] && <span class="unit"> {units[id]}</span>}
              </button>
            ) : (
              words.columns[id]
            )}
          </th>
        ))}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {lines.map((line) => (
        <tr role="row" key={`${line.gpu} ${line.kind}`} class={line.kind} data-kind={line.kind}>
          <td role="cell" class="c-rank">
            {line.rank ?? (
              <span class="quiet" title={words.board.notRanked}>
                –
              </span>
            )}
          </td>
          <th role="rowheader" scope="row" class="c-gpu">
            <GpuCell line={line} words={words} links={links} />
          </th>
          <td role="cell" class="c-rate" data-label={words.columns.rate}>
            <Rate figure={line.rate} kind={line.kind} scale={scale} words={words} />
          </td>
          <td role="cell" class="c-hours" data-label={words.columns.hours}>
            {line.hours && (
              <>
                {formatDays(line.hours.median, words)}
                {line.hours.low !== null && <span class="quiet">{formatDayEnds(line.hours, words)}</span>}
              </>
            )}
          </td>
          <td role="cell" class="c-memory" data-label={words.columns.memory}>
            {line.memory && (
              <>
                {formatMiB(line.memory.MiB)}
                <span class="quiet">{words.board[line.memory.where === "need" ? "needs" : line.memory.where]}</span>
              </>
            )}
          </td>
          <td role="cell" class="c-price" data-label={words.columns.price} title={words.board.perDollar}>
            {line.perDollar !== null && formatFigure(line.perDollar)}
          </td>
          <td role="cell" class="c-energy" data-label={words.columns.energy}>
            {line.joulesPerImage !== null && formatEnergy(line.joulesPerImage)}
          </td>
          <td role="cell" class="c-engine" data-label={words.columns.engine}>
            {line.engine}
            <span class="quiet">
              <bdi>{[line.version, line.device].filter(Boolean).join(" · ")}</bdi>
            </span>
          </td>
          <td role="cell" class="c-status" data-label={words.columns.status}>
            <KindMark line={line} words={words} />
          </td>
          <td role="cell" class="c-confirmations" data-label={words.columns.confirmations}>
            {line.ranked &&
              (line.confirmations === 0 ? (
                <span class="quiet">{words.board.unconfirmed}</span>
              ) : (
                words.board.confirmed(line.confirmations)
              ))}
          </td>
          <td role="cell" class="c-date" data-label={words.columns.date}>
            {line.date !== null && <time dateTime={line.date}>{formatDate(line.date)}</time>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const sortOf = ({ sort, descending }: State, id: ColumnId) =>
  sort === id ? { "aria-sort": descending ? ("descending" as const) : ("ascending" as const) } : {};
