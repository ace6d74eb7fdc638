import type { Board } from "../../board/types.ts";
import type { View } from "../../board/view.ts";
import { smallestThatFit } from "../../board/fit.ts";
import { formatDays, formatMiB } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { board: Board; view: View; words: Words; links: Links };

/** The answer in short: memory that the task needs, the smallest cards that fit, the fastest that was measured. */
export const Answer = ({ board, view, words, links }: Props) => {
  const { memory } = board.tasks[view.task]!;
  const fit = smallestThatFit(board, view.task);
  const fastest = view.fastest;
  const t = words.answer;
  return (
    <section class="answer" aria-label={t.title}>
      <dl>
        {memory && (
          <div class="predicted">
            <dt>{t.memory}</dt>
            <dd>
              <strong>{formatMiB(memory.median)}</strong>
              <span class="kind predicted">{words.kinds.predicted}</span>
              {memory.low !== null && memory.high !== null && (
                <span class="quiet">
                  {formatMiB(memory.low)} – {formatMiB(memory.high)}
                </span>
              )}
            </dd>
          </div>
        )}
        {fit && (
          <div class="predicted">
            <dt>{t.smallest}</dt>
            <dd>
              <strong>{fit.memoryGiB} GB</strong>
              <span class="kind predicted">{words.kinds.predicted}</span>
              <span class="quiet">
                {fit.gpus.slice(0, 3).map(({ id, name }, i) => (
                  <>
                    {i > 0 && ", "}
                    <a key={id} href={links.gpu(id)}>
                      <bdi>{name}</bdi>
                    </a>
                  </>
                ))}
                {fit.gpus.length > 3 && " …"}
              </span>
            </dd>
          </div>
        )}
        <div class="measured">
          <dt>{t.fastest}</dt>
          <dd>
            {fastest ? (
              <>
                <strong>
                  <a href={links.gpu(fastest.gpuInfo.id)}>
                    <bdi>{fastest.gpuInfo.name}</bdi>
                  </a>
                </strong>
                <span class="kind measured">{words.kinds.measured}</span>
                {fastest.hours && (
                  <span class="quiet">
                    {t.training} {formatDays(fastest.hours.median)}
                  </span>
                )}
              </>
            ) : (
              <span class="quiet">{t.nobody}</span>
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
};
