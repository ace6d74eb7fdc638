import { Phase, type Precision } from "@epochmark/schema";
import { type State, taskOf, workloadId } from "../../board/state.ts";
import type { Board, Task } from "../../board/types.ts";
import type { Words } from "../../i18n/index.ts";
import { Select } from "./Select.tsx";

type Props = { board: Board; state: State; task: number; words: Words; change: (next: State) => void };

/** Choice of model, phase, workload and precision: only what some figure exists for. */
export const TaskChoice = ({ board, state, task, words, change }: Props) => {
  const { tasks } = board;
  const chosen = tasks[task]!;
  const move = (next: Partial<State>): void => {
    const found = tasks[taskOf(board, { ...state, ...next })]!;
    change({
      ...state,
      model: found.path,
      phase: found.phase,
      workload: workloadId(found),
      precision: found.precision,
      engine: null,
      all: false,
    });
  };
  const models = [...new Map(tasks.map(({ path, title }) => [path, title]))];
  const ofModel = tasks.filter(({ path }) => path === chosen.path);
  const phases = Phase.options.filter((phase) => ofModel.some((of) => of.phase === phase));
  const ofPhase = ofModel.filter(({ phase }) => phase === chosen.phase);
  const workloads = unique(ofPhase.map(workloadId));
  const precisions = unique(ofPhase.filter((of) => workloadId(of) === workloadId(chosen)).map((of) => of.precision));
  const workloadLabel = (id: string): string =>
    nameOf(
      ofPhase.find((of) => workloadId(of) === id)!,
      words,
    );
  return (
    <div class="task-choice" role="group" aria-label={words.board.task}>
      <Select
        id="model"
        label={words.board.model}
        value={chosen.path}
        options={models.map(([value, label]) => ({ value, label }))}
        choose={(model) => move({ model })}
      />
      <fieldset class="field">
        <legend>{words.board.phase}</legend>
        <div class="segments">
          {phases.map((phase) => (
            <label key={phase}>
              <input
                type="radio"
                name="phase"
                value={phase}
                checked={phase === chosen.phase}
                onChange={() => move({ phase })}
              />
              <span>{words.phases[phase]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Select
        id="workload"
        label={words.board.workload}
        value={workloadId(chosen)}
        options={workloads.map((value) => ({ value, label: workloadLabel(value) }))}
        choose={(workload) => move({ workload })}
      />
      <Select
        id="precision"
        label={words.board.precision}
        value={chosen.precision}
        options={precisions.map((value) => ({ value, label: value }))}
        choose={(precision) => move({ precision: precision as Precision })}
      />
    </div>
  );
};

const nameOf = ({ workload, batch, size }: Task, words: Words): string =>
  [words.workloads[workload], words.board.batch(batch), ...(size === "tiny" ? [words.sizes.tiny] : [])].join(" · ");

const unique = <T,>(values: readonly T[]): T[] => [...new Set(values)];
