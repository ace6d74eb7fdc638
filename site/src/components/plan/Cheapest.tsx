import type { Choice } from "@epochmark/planner";
import { formatDayEnds, formatDays, formatFigure } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";

type Props = {
  choice: Choice | null;
  days: number;
  /** Whether rent decided, else the price at launch. */
  rented: boolean;
  words: Words;
  links: Links;
};

/** The cheapest GPU that makes the deadline, with its hours and what it costs. */
export const Cheapest = ({ choice, days, rented, words, links }: Props) => {
  const t = words.plan;
  return (
    <dl class="answer-line">
      <dt>{t.cheapest(words.time.days(String(days)))}</dt>
      <dd>
        {choice === null ? (
          t.nothingMakes
        ) : (
          <>
            <strong>
              <a href={links.gpu(choice.device.id)}>{choice.device.name}</a>
            </strong>{" "}
            <span class={`kind ${choice.plan.step.kind}`} title={choice.plan.step.basis}>
              {words.kinds[choice.plan.step.kind]}
            </span>{" "}
            {formatDays(choice.plan.hours.median, words)} ({formatDayEnds(choice.plan.hours, words)}),{" "}
            {rented
              ? t.rent(formatFigure(choice.plan.money!.median))
              : t.atLaunch(formatFigure(choice.device.launchUsd!))}
          </>
        )}
        <span class="quiet">{t.cheapestNote}</span>
      </dd>
    </dl>
  );
};
