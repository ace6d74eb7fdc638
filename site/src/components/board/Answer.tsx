import type { Board, BoardGpu, Range } from "../../board/types.ts";
import type { View } from "../../board/view.ts";
import { fitsOf } from "../../board/fit.ts";
import { formatDayEnds, formatDays, formatMiB } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { board: Board; view: View; words: Words; links: Links };

/** The answer in short: memory that the task needs, the smallest cards that fit, the fastest GPU, measured where one was. */
export const Answer = ({ board, view, words, links }: Props) => {
  const { memory } = board.tasks[view.task]!;
  const fits = fitsOf(board, view.task);
  const measured = view.fastest;
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
        {fits && (
          <div class="predicted">
            <dt>{t.smallest}</dt>
            <dd>
              <strong>{fits.memoryGiB} GB</strong>
              <span class="kind predicted">{words.kinds.predicted}</span>
              <span class="quiet">
                {fits.smallest.slice(0, 2).map(({ gpu, hours }, i) => (
                  <>
                    {i > 0 && ", "}
                    <GpuName gpu={gpu} links={links} />
                    {hours && ` (${t.training} ${formatDays(hours.median, words)})`}
                  </>
                ))}
                {fits.smallest.length > 2 && " …"}
              </span>
            </dd>
          </div>
        )}
        {measured ? (
          <div class="measured">
            <dt>{t.fastest}</dt>
            <dd>
              <strong>
                <GpuName gpu={measured.gpuInfo} links={links} />
              </strong>
              <span class="kind measured">{words.kinds.measured}</span>
              <Hours hours={measured.hours} words={words} />
            </dd>
          </div>
        ) : (
          <div class={fits ? "predicted" : "measured"}>
            <dt>{fits ? t.fastestPredicted : t.fastest}</dt>
            <dd>
              {fits && (
                <>
                  <strong>
                    <GpuName gpu={fits.fastest.gpu} links={links} />
                  </strong>
                  <span class="kind predicted">{words.kinds.predicted}</span>
                  <Hours hours={fits.fastest.hours} words={words} />
                </>
              )}
              <span class="quiet">{t.nobody}</span>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
};

const GpuName = ({ gpu: { id, name }, links }: { gpu: BoardGpu; links: Links }) => (
  <a href={links.gpu(id)}>
    <bdi>{name}</bdi>
  </a>
);

const Hours = ({ hours, words }: { hours: Range | null; words: Words }) => {
  const ends = hours && formatDayEnds(hours, words);
  return (
    hours && (
      <span class="quiet">
        {words.answer.training} {formatDays(hours.median, words)}
        {ends !== null && ` (${ends})`}
      </span>
    )
  );
};
