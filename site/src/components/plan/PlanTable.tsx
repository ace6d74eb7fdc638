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
  const heads = [
    words.columns.gpu,
    t.wish,
    words.columns.hours,
    t.energy,
    t.money,
    words.gpu.fit,
    words.columns.memory,
    words.gpu.largest,
    words.columns.status,
  ];
  const keeps = { yes: t.keeps, perhaps: t.perhaps, no: t.fails };
  return (
    <>
      <p class="quiet" role="status">
        {t.lines(answers.length, answers.filter((answer) => answer.keeps === "yes").length)}
      </p>
      <div class="scroller" role="region" tabIndex={0} aria-label={t.title}>
        <table class="plain cards plan" role="table">
          <thead role="rowgroup">
            <tr role="row">
              {heads.map((head) => (
                <th key={head} scope="col" role="columnheader">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {answers.map(({ id, name, keeps: kept, plan }) => (
              <tr role="row" key={id} class={kept} data-gpu={id}>
                <th scope="row" role="rowheader">
                  <a href={links.gpu(id)}>{name}</a>
                </th>
                <td role="cell" data-label={t.wish}>
                  {keeps[kept]}
                </td>
                <td role="cell" data-label={words.columns.hours}>
                  {plan.step.fits !== "no" && (
                    <>
                      <Span of={plan.hours} format={(hours) => formatDays(hours, words)} />
                      {plan.bound === "loader" && <span class="quiet">{t.loaderDecides}</span>}
                    </>
                  )}
                </td>
                <td role="cell" data-label={t.energy}>
                  {plan.kWh && plan.step.fits !== "no" && (
                    <Span of={plan.kWh} format={(value) => `${formatFigure(value)} kWh`} />
                  )}
                </td>
                <td role="cell" data-label={t.money}>
                  {plan.money && plan.step.fits !== "no" && <Span of={plan.money} format={formatFigure} />}
                </td>
                <td role="cell" data-label={words.gpu.fit}>
                  {fits[plan.step.fits]}
                </td>
                <td role="cell" data-label={words.columns.memory}>
                  <Span of={plan.step.memoryMiB} format={formatMiB} />
                </td>
                <td role="cell" data-label={words.gpu.largest}>
                  {plan.step.largestBatch.median}
                </td>
                <td role="cell" data-label={words.columns.status}>
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
