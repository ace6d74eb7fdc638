import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { firstState, readState, type State, writeState } from "../../board/state.ts";
import type { Board } from "../../board/types.ts";
import { viewOf } from "../../board/view.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";
import { Answer } from "./Answer.tsx";
import { BoardTable } from "./BoardTable.tsx";
import { Filters } from "./Filters.tsx";
import { TaskChoice } from "./TaskChoice.tsx";

type Props = { board: Board; words: Words; links: Links };

/** Lines in view before a reader asks for all. */
const few = 25;

/** The leaderboard: what was chosen, the answer in short, the table. It stands as built where no script runs. */
export const Leaderboard = ({ board, words, links }: Props) => {
  const first = useMemo(() => firstState(board), [board]);
  const [state, setState] = useState<State>(first);
  const view = useMemo(() => viewOf(board, state), [board, state]);

  useLayoutEffect(() => {
    const read = (): void => setState(readState(board, new URLSearchParams(location.search), first));
    read();
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, [board, first]);

  const change = (next: State): void => {
    setState(next);
    const query = writeState(next, first).toString();
    history.replaceState(null, "", `${location.pathname}${query === "" ? "" : `?${query}`}${location.hash}`);
  };

  const lines = state.all ? view.lines : view.lines.slice(0, few);
  return (
    <>
      <TaskChoice board={board} state={state} task={view.task} words={words} change={change} />
      <Answer board={board} view={view} words={words} links={links} />
      <Filters board={board} state={state} view={view} words={words} change={change} first={first} />
      <BoardTable
        lines={lines}
        task={board.tasks[view.task]!}
        scale={view.scale}
        words={words}
        links={links}
        sorting={{ state, change }}
      />
      {view.lines.length === 0 && <p class="none">{words.board.none}</p>}
      {lines.length < view.lines.length && (
        <p class="more">
          <button type="button" class="button" onClick={() => change({ ...state, all: true })}>
            {words.board.showAll(view.lines.length)}
          </button>
        </p>
      )}
    </>
  );
};
