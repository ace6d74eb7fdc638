import type { Ratio } from "@epochmark/records";
import type { Comparison } from "../../board/compare.ts";
import { formatEnds, formatFigure } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { comparison: Comparison; words: Words; links: Links };

/** A line a task: each GPU's throughput and how many times faster it is than the first, with its interval. */
export const CompareTable = ({ comparison: { gpus, tasks, means }, words, links }: Props) => (
  <div class="scroller" role="region" tabIndex={0} aria-label={words.compare.title}>
    <table class="plain compare">
      <thead>
        <tr>
          <th scope="col">{words.compare.task}</th>
          {gpus.map(({ id, name }) => (
            <th key={id} scope="col">
              <a href={links.gpu(id)}>
                <bdi>{name}</bdi>
              </a>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tasks.map(({ task, cells, ratios }) => (
          <tr key={task.key}>
            <th scope="row">
              <a href={links.model(task.path)}>{task.title}</a>
              <span class="quiet">
                {words.phases[task.phase]} · {words.board.batch(task.batch)} · {task.precision}
              </span>
            </th>
            {cells.map((cell, i) => (
              <td key={gpus[i]!.id}>
                {cell?.rate && cell.run ? (
                  <a href={links.result(cell.run.id, cell.run.caseIndex)}>{formatFigure(cell.rate.median)} img/s</a>
                ) : (
                  <span class="quiet">{words.board.noFigure}</span>
                )}
                {ratios[i] && <Times ratio={ratios[i]} words={words} />}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{words.compare.mean}</th>
          {means.map(({ ratio, tasks: count }, i) => (
            <td key={gpus[i]!.id}>
              {ratio ? (
                <>
                  <Times ratio={ratio} words={words} />
                  <span class="quiet">{words.compare.meanOf(count)}</span>
                </>
              ) : (
                i === 0 && "1 ×"
              )}
            </td>
          ))}
        </tr>
      </tfoot>
    </table>
  </div>
);

const Times = ({ ratio, words }: { ratio: Ratio; words: Words }) => {
  const ends = formatEnds(ratio);
  const verdict = ratio.median > 1 ? words.compare.faster : words.compare.slower;
  return (
    <span class="times">
      <strong>{formatFigure(ratio.median)} ×</strong>{" "}
      {ends === null ? (
        <span class="quiet">{words.compare.noInterval}</span>
      ) : (
        <>
          <span class="quiet">{ends}</span>
          <span class={ratio.distinguishable ? "verdict" : "verdict same"}>
            {ratio.distinguishable ? verdict : words.compare.same}
          </span>
        </>
      )}
    </span>
  );
};
