import { Phase, Precision, Vendor } from "@epochmark/schema";
import { columns, type ColumnId } from "./columns.ts";
import { type Board, type Kind, kinds, type Task } from "./types.ts";

/** What a reader chose. Every part is in the URL, so that a link shows what its sender saw. */
export type State = {
  model: string;
  phase: Phase;
  /** `<name>-<batch>` of the workload; with the precision it picks one task. */
  workload: string;
  precision: Precision;
  vendor: Vendor | null;
  /** At least so new, at least so much memory (GB). */
  year: number | null;
  memory: number | null;
  engine: string | null;
  /** Kinds of figure in view. */
  kinds: readonly Kind[];
  query: string;
  sort: ColumnId;
  descending: boolean;
  /** Whether all rows are in view, not only the first ones. */
  all: boolean;
};

export const workloadId = ({ workload, batch, size }: Task): string =>
  `${workload}-${batch}${size === "tiny" ? "-tiny" : ""}`;

/**
 * What the page shows before anything is chosen: the task that most GPUs have measured, training before the rest; where
 * none has, one that the planner knows, because a CPU's figure does not say which GPU a paper needs.
 */
export const firstState = (board: Board, model?: string): State => {
  const counts = board.tasks.map(() => 0);
  for (const { task, gpu, ranked } of board.entries)
    counts[task]! += ranked && board.gpus[gpu]!.kind !== "cpu" ? 1000 : 1;
  for (const { task } of board.forecasts) counts[task]! += board.tasks[task]!.phase === "train" ? 100 : 50;
  const [task] = board.tasks
    .filter(({ path }) => model === undefined || path === model)
    .toSorted((a, b) => weight(b) - weight(a));
  function weight(of: Task): number {
    return counts[board.tasks.indexOf(of)]! + (of.phase === "train" ? 0.5 : 0);
  }
  return {
    ...choiceOf(task),
    vendor: null,
    year: null,
    memory: null,
    engine: null,
    kinds,
    query: "",
    sort: "rank",
    descending: false,
    all: false,
  };
};

const choiceOf = (task: Task | undefined): Pick<State, "model" | "phase" | "workload" | "precision"> => ({
  model: task?.path ?? "",
  phase: task?.phase ?? "train",
  workload: task ? workloadId(task) : "",
  precision: task?.precision ?? "fp32",
});

/** The task of a choice; where the board has no such task, the nearest: same model, then phase, precision, workload. */
export const taskOf = ({ tasks }: Board, choice: Pick<State, "model" | "phase" | "workload" | "precision">): number => {
  const near = (task: Task): number =>
    (task.path === choice.model ? 8 : 0) +
    (task.phase === choice.phase ? 4 : 0) +
    (task.precision === choice.precision ? 2 : 0) +
    (workloadId(task) === choice.workload ? 1 : 0);
  return tasks.reduce((best, task, i) => (best < 0 || near(task) > near(tasks[best]!) ? i : best), -1);
};

/** The state that a URL's parameters ask for; what they do not say, or say wrongly, is as in `first`. */
export const readState = (board: Board, parameters: URLSearchParams, first: State): State => {
  const word = <T extends string>(name: string, options: readonly T[], otherwise: T): T => {
    const given = parameters.get(name);
    return options.find((option) => option === given) ?? otherwise;
  };
  const whole = (name: string): number | null => {
    const given = Number(parameters.get(name) ?? Number.NaN);
    return Number.isFinite(given) ? given : null;
  };
  const models = board.tasks.map(({ path }) => path);
  const asked = {
    model: word("model", models, first.model),
    phase: word("phase", Phase.options, first.phase),
    workload: parameters.get("workload") ?? first.workload,
    precision: word("precision", Precision.options, first.precision),
  };
  const given = parameters.get("kind")?.split(",");
  const sort = word<ColumnId>(
    "sort",
    columns.map(({ id }) => id),
    first.sort,
  );
  return {
    ...choiceOf(board.tasks[taskOf(board, asked)]),
    vendor: Vendor.options.find((vendor) => vendor === parameters.get("vendor")) ?? null,
    year: whole("year"),
    memory: whole("memory"),
    engine: parameters.get("engine"),
    kinds: given ? kinds.filter((kind) => given.includes(kind)) : kinds,
    query: parameters.get("q") ?? "",
    sort,
    descending: parameters.has("dir") ? parameters.get("dir") === "desc" : firstDescending(sort),
    all: parameters.get("all") === "1",
  };
};

const firstDescending = (sort: ColumnId): boolean => columns.find(({ id }) => id === sort)!.first === "desc";

/** The parameters of a state; what is as in `first` is left out. */
export const writeState = (state: State, first: State): URLSearchParams => {
  const parameters = new URLSearchParams();
  const put = (name: string, value: string | number | null, usual: string | number | null): void => {
    if (value !== usual && value !== null) parameters.set(name, String(value));
  };
  for (const name of ["model", "phase", "workload", "precision", "vendor", "year", "memory", "engine"] as const)
    put(name, state[name], first[name]);
  put("kind", state.kinds.join(","), first.kinds.join(","));
  put("q", state.query, "");
  if (state.sort !== first.sort || state.descending !== first.descending) {
    parameters.set("sort", state.sort);
    parameters.set("dir", state.descending ? "desc" : "asc");
  }
  if (state.all) parameters.set("all", "1");
  return parameters;
};

/** The state after a click on a column: its own first direction, then the other one. */
export const sortedBy = (state: State, sort: ColumnId): State => ({
  ...state,
  sort,
  descending: state.sort === sort ? !state.descending : firstDescending(sort),
});
