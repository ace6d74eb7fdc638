/// <reference lib="dom" />
/**
 * Makes the leaderboard sortable and searchable. The table stands without it; the state is in the URL
 * (`?sort=throughput&dir=desc&q=3090`), so that a link shows what its sender saw.
 */
type Direction = "asc" | "desc";
type State = { sort: string | null; direction: Direction; query: string };

const start = (table: HTMLTableElement): void => {
  const body = table.tBodies[0]!;
  const given = [...body.rows];
  const headers = [...table.querySelectorAll<HTMLTableCellElement>("th[data-column]")];
  const search = document.querySelector<HTMLInputElement>("[data-search]")!;
  const reset = document.querySelector<HTMLButtonElement>("[data-reset]")!;
  const report = document.querySelector<HTMLElement>("[data-report]")!;
  const none = document.querySelector<HTMLElement>("[data-none]")!;
  const words = new Map(given.map((row) => [row, normalize(row.textContent)]));
  const header = (id: string | null) => headers.find(({ dataset }) => dataset["column"] === id);

  const read = (): State => {
    const params = new URLSearchParams(location.search);
    const sort = header(params.get("sort"));
    const direction = params.get("dir");
    return {
      sort: sort?.dataset["column"] ?? null,
      direction: direction === "asc" || direction === "desc" ? direction : firstDirection(sort),
      query: params.get("q") ?? "",
    };
  };

  const show = ({ sort, direction, query }: State): void => {
    const chosen = header(sort);
    for (const th of headers) {
      if (th === chosen) th.ariaSort = direction === "asc" ? "ascending" : "descending";
      else th.removeAttribute("aria-sort");
    }
    body.append(...(chosen ? sorted(given, chosen, direction) : given));
    body.toggleAttribute("data-sorted", chosen !== undefined);
    const wanted = normalize(query).split(" ");
    for (const row of given) row.hidden = !wanted.every((word) => words.get(row)!.includes(word));
    const visible = given.filter((row) => !row.hidden);
    rescale(visible);
    none.hidden = visible.length > 0;
    reset.hidden = sort === null && query === "";
    const order = chosen ? `, sorted by ${chosen.dataset["label"]}, ${chosen.ariaSort}` : "";
    report.textContent = `${visible.length} of ${given.length} rows${order}`;
  };

  let state = read();
  const change = (next: Partial<State>): void => {
    state = { ...state, ...next };
    write(state);
    show(state);
  };

  for (const th of headers) {
    th.querySelector("button")!.addEventListener("click", () => {
      const again = state.sort === th.dataset["column"];
      const turned: Direction = state.direction === "asc" ? "desc" : "asc";
      change({ sort: th.dataset["column"]!, direction: again ? turned : firstDirection(th) });
    });
  }
  search.addEventListener("input", () => change({ query: search.value.trim() }));
  reset.addEventListener("click", () => {
    search.value = "";
    change({ sort: null, query: "" });
    search.focus();
  });
  addEventListener("popstate", () => {
    state = read();
    search.value = state.query;
    show(state);
  });

  search.value = state.query;
  show(state);
};

const write = ({ sort, direction, query }: State): void => {
  const url = new URL(location.href);
  for (const name of ["sort", "dir", "q"]) url.searchParams.delete(name);
  if (sort !== null) {
    url.searchParams.set("sort", sort);
    url.searchParams.set("dir", direction);
  }
  if (query !== "") url.searchParams.set("q", query);
  history.replaceState(null, "", url);
};

const normalize = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim();

const firstDirection = (th: HTMLTableCellElement | undefined): Direction =>
  th?.dataset["first"] === "desc" ? "desc" : "asc";

const sorted = (
  rows: readonly HTMLTableRowElement[],
  { cellIndex, dataset }: HTMLTableCellElement,
  direction: Direction,
): HTMLTableRowElement[] => {
  const value = (row: HTMLTableRowElement): string => row.cells[cellIndex]!.dataset["value"] ?? "";
  const compare =
    dataset["numeric"] === undefined
      ? (a: string, b: string) => a.localeCompare(b, "en", { numeric: true })
      : (a: string, b: string) => Number(a) - Number(b);
  const sign = direction === "asc" ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    // A row without a figure is neither fast nor slow: it stays below in both directions.
    if (left === "" || right === "") return Number(left === "") - Number(right === "");
    return sign * compare(left, right);
  });
};

/** Bars of the visible rows share one scale, the largest of them. */
const rescale = (rows: readonly HTMLTableRowElement[]): void => {
  const bars = rows.flatMap((row) => [...row.querySelectorAll<SVGSVGElement>("svg[data-end]")]);
  const scale = bars.reduce((most, bar) => Math.max(most, Number(bar.dataset["end"])), 0);
  for (const bar of bars) if (scale > 0) bar.setAttribute("viewBox", `0 0 ${scale} 10`);
};

for (const table of document.querySelectorAll<HTMLTableElement>("[data-leaderboard]")) start(table);
