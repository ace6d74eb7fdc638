import { useLayoutEffect, useState } from "preact/hooks";
import { comparisonOf } from "../../board/compare.ts";
import type { Board } from "../../board/types.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";
import { Select } from "../board/Select.tsx";
import { CompareTable } from "./CompareTable.tsx";
import { GpuFacts } from "./GpuFacts.tsx";

type Props = { board: Board; words: Words; links: Links };

const letters = ["a", "b", "c", "d"] as const;

/** Choice of two to four GPUs, kept in the URL, and what their figures say of one another. */
export const Compare = ({ board, words, links }: Props) => {
  const [chosen, setChosen] = useState<string[]>(["", "", "", ""]);
  useLayoutEffect(() => {
    const read = (): void => {
      const parameters = new URLSearchParams(location.search);
      setChosen(letters.map((letter) => parameters.get(letter) ?? ""));
    };
    read();
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);
  const choose = (position: number, id: string): void => {
    const next = chosen.map((old, i) => (i === position ? id : old));
    setChosen(next);
    const parameters = new URLSearchParams();
    for (const [i, letter] of letters.entries()) if (next[i] !== "") parameters.set(letter, next[i]!);
    history.replaceState(null, "", `${location.pathname}?${parameters.toString()}`);
  };
  const measured = new Set(board.entries.filter(({ ranked }) => ranked).map(({ gpu }) => board.gpus[gpu]!.id));
  const options = board.gpus
    .map(({ id, name }) => ({ value: id, label: measured.has(id) ? `${name} (${words.kinds.measured})` : name }))
    .toSorted((a, b) => Number(measured.has(b.value)) - Number(measured.has(a.value)) || (a.label < b.label ? -1 : 1));
  const ids = [...new Set(chosen.filter((id) => id !== ""))];
  const comparison = comparisonOf(board, ids);
  return (
    <>
      <div class="compare-choice">
        {letters.map((letter, i) => (
          <Select
            key={letter}
            id={`gpu-${letter}`}
            label={words.compare.gpu(letter.toUpperCase())}
            value={chosen[i]!}
            options={[{ value: "", label: words.compare.nobody }, ...options]}
            choose={(id) => choose(i, id)}
          />
        ))}
      </div>
      {comparison.gpus.length < 2 ? (
        <p class="none" role="status">
          {words.compare.choose}
        </p>
      ) : (
        <>
          {comparison.tasks.length > 0 ? (
            <CompareTable comparison={comparison} words={words} links={links} />
          ) : (
            <p role="status">{words.compare.nothing}</p>
          )}
          <GpuFacts gpus={comparison.gpus} words={words} links={links} />
        </>
      )}
    </>
  );
};
