import type { Estimate } from "@epochmark/planner";
import { formatDays, formatFigure, formatMiB } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";
import type { Answer } from "../../plan/wish.ts";

type Props = { answers: readonly Answer[]; words: Words; links: Links };

/** A line a GPU: hours, energy, money, memory and largest batch with their intervals, and the kind of figure. */
export const PlanTable = ({ answers, words, links }: Props) => {
  const t = words.plan;
  const fits = {
    yes: words.gpu.fits,
    probably: words.gpu.tight,
    "smaller-batch": words.gpu.smaller,
    no: words.gpu.doesNotFit,
  };
  const keeps = { yes: t.keeps, perhaps: t.perhaps, no: t.fails };
  return (
    <>
      <p class="quiet" role="status">
        {t.lines(answers.length, answers.filter((answer) => answer.keeps === "yes").length)}
      </p>
      <div class="scroller" role="region" tabIndex={0} aria-label={t.title}>
        <table class="plain plan">
          <thead>
            <tr>
              <th scope="col">{words.columns.gpu}</th>
              <th scope="col">{t.wish}</th>
              <th scope="col">{words.columns.hours}</th>
              <th scope="col">{t.energy}</th>
              <th scope="col">{t.money}</th>
              <th scope="col">{words.gpu.fit}</th>
              <th scope="col">{words.columns.memory}</th>
              <th scope="col">{words.gpu.largest}</th>
              <th scope="col">{words.columns.status}</th>
            </tr>
          </thead>
          <tbody>
            {answers.map(({ id, name, keeps: kept, plan }) => (
              <tr key={id} class={kept} data-gpu={id}>
                <th scope="row">
                  <a href={links.gpu(id)}>{name}</a>
                </th>
                <td>{keeps[kept]}</td>
                <td>
                  <Span of={plan.hours} format={formatDays} />
                </td>
                <td>{plan.kWh && <Span of={plan.kWh} format={(value) => `${formatFigure(value)} kWh`} />}</td>
                <td>{plan.money && <Span of={plan.money} format={formatFigure} />}</td>
                <td>{fits[plan.step.fits]}</td>
                <td>
                  <Span of={plan.step.memoryMiB} format={formatMiB} />
                </td>
                <td>{plan.step.largestBatch.median}</td>
                <td>
                  <span class={`kind ${plan.step.kind}`} title={plan.step.basis}>
                    {words.kinds[plan.step.kind]}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

const Span = ({ of, format }: { of: Estimate; format: (value: number) => string }) => (
  <>
    {format(of.median)}
    <span class="quiet">
      {format(of.low)} – {format(of.high)}
    </span>
  </>
);
