import { useState } from "preact/hooks";
import type { Vendor } from "@epochmark/schema";
import { columns, type ColumnId } from "../../board/columns.ts";
import { sortedBy, type State } from "../../board/state.ts";
import { type Board, type Kind, kinds } from "../../board/types.ts";
import type { View } from "../../board/view.ts";
import { vendorNames } from "../../data/vendors.ts";
import type { Words } from "../../i18n/index.ts";
import { Select } from "./Select.tsx";

type Props = { board: Board; state: State; first: State; view: View; words: Words; change: (next: State) => void };

/** What hides lines and orders them. Nothing here changes a rank. */
export const Filters = ({ board, state, first, view, words, change }: Props) => {
  const any = { value: "", label: words.board.any };
  const numbers = (values: readonly (number | null)[]): number[] =>
    [...new Set(values.filter((value) => value !== null))].toSorted((a, b) => a - b);
  const options = (values: readonly (string | number)[], label: (value: string) => string = String) => [
    any,
    ...values.map((value) => ({ value: String(value), label: label(String(value)) })),
  ];
  const vendors = [...new Set(board.gpus.map(({ vendor }) => vendor))].toSorted();
  const amount = (value: string): number | null => (value === "" ? null : Number(value));
  const toggle = (kind: Kind): readonly Kind[] =>
    kinds.filter((other) => (other === kind) !== state.kinds.includes(other));
  const isFirst = JSON.stringify(state) === JSON.stringify({ ...first, ...taskOnly(state) });
  const [open, setOpen] = useState(false);
  return (
    <search class={open ? "filters open" : "filters"} aria-label={words.board.filters}>
      <button type="button" class="button opener" aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.board.filters}
      </button>
      <fieldset class="kinds">
        <legend>{words.board.kind}</legend>
        {kinds.map((kind) => (
          <label key={kind} class={`kind-choice ${kind}`} title={words.kindNotes[kind]}>
            <input
              type="checkbox"
              checked={state.kinds.includes(kind)}
              onChange={() => change({ ...state, kinds: toggle(kind) })}
            />
            <span class="swatch" aria-hidden="true" />
            {words.kinds[kind]}
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="query">{words.board.search}</label>
        <input
          id="query"
          type="search"
          value={state.query}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => change({ ...state, query: currentTarget.value })}
        />
      </div>
      <Select
        id="vendor"
        label={words.board.vendor}
        value={state.vendor ?? ""}
        options={options(vendors, (vendor) => vendorNames[vendor as Vendor])}
        choose={(value) => change({ ...state, vendor: value === "" ? null : (value as Vendor) })}
      />
      <Select
        id="memory"
        label={words.board.atLeast}
        value={String(state.memory ?? "")}
        options={options(numbers(board.gpus.map(({ memoryGiB }) => memoryGiB)), (size) => `${size} GB`)}
        choose={(value) => change({ ...state, memory: amount(value) })}
      />
      <Select
        id="year"
        label={words.board.year}
        value={String(state.year ?? "")}
        options={options(numbers(board.gpus.map(({ year }) => year)).toReversed())}
        choose={(value) => change({ ...state, year: amount(value) })}
      />
      <Select
        id="engine"
        label={words.board.engine}
        value={state.engine ?? ""}
        options={options(view.engines)}
        choose={(value) => change({ ...state, engine: value === "" ? null : value })}
      />
      <div class="sort-choice">
        <Select
          id="sort"
          label={words.board.sort}
          value={state.sort}
          options={columns.map(({ id }) => ({ value: id, label: words.columns[id] }))}
          choose={(value) => change(sortedBy({ ...state, sort: "" as ColumnId }, value as ColumnId))}
        />
        <button
          type="button"
          class="button"
          aria-label={words.board.direction}
          onClick={() => change({ ...state, descending: !state.descending })}
        >
          <span class={state.descending ? "triangle" : "triangle up"} aria-hidden="true" />
        </button>
      </div>
      <p class="report">
        <span role="status">{words.board.lines(view.lines.length, view.total)}</span>
        {!isFirst && (
          <button type="button" class="button" onClick={() => change({ ...first, ...taskOnly(state) })}>
            {words.board.reset}
          </button>
        )}
      </p>
    </search>
  );
};

const taskOnly = ({ model, phase, workload, precision }: State): Partial<State> => ({
  model,
  phase,
  workload,
  precision,
});
