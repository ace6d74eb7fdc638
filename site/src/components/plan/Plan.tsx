import { findModel, papers } from "@epochmark/catalog/papers";
import type { Evidence } from "@epochmark/planner";
import type { Precision } from "@epochmark/schema";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";
import { cheapest, firstWish, planned, plannedSoftware, readWish, type Wish, writeWish } from "../../plan/wish.ts";
import { Select } from "../board/Select.tsx";
import { Cheapest } from "./Cheapest.tsx";
import { PlanTable } from "./PlanTable.tsx";

type Props = { models: readonly string[]; evidence: readonly Evidence[]; words: Words; links: Links };

/** Asks for paper, deadline, budget and GPUs, and answers with what every such GPU would take. */
export const Plan = ({ models, evidence, words, links }: Props) => {
  const t = words.plan;
  const [wish, setWish] = useState<Wish>(() => firstWish(models));
  useLayoutEffect(() => setWish(readWish(new URLSearchParams(location.search), models)), [models]);
  const change = (part: Partial<Wish>): void => {
    const next = { ...wish, ...part };
    setWish(next);
    history.replaceState(null, "", `${location.pathname}?${writeWish(next).toString()}`);
  };
  const answers = useMemo(() => planned(wish, evidence), [wish, evidence]);
  const best = useMemo(() => cheapest(wish, evidence), [wish, evidence]);
  const number = (name: "days" | "budget" | "price" | "hourly" | "loader", label: string) => (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        type="number"
        min="0"
        step="any"
        value={wish[name] ?? ""}
        onInput={({ currentTarget: { value } }) => change({ [name]: value === "" ? null : Number(value) })}
      />
    </div>
  );
  const titles = new Map(papers.flatMap(({ id, models: of }) => of.map((model) => [`${id}/${model.id}`, model.title])));
  const reported = findModel(wish.model)?.recipe;
  return (
    <>
      <div class="plan-choice">
        <Select
          id="model"
          label={words.board.model}
          value={wish.model}
          options={models.map((value) => ({ value, label: titles.get(value) ?? value }))}
          choose={(model) => change({ model })}
        />
        <Select
          id="software"
          label={t.software}
          value={wish.software}
          options={plannedSoftware.map((value) => ({ value, label: value }))}
          choose={(software) => change({ software: software as Wish["software"] })}
        />
        <Select
          id="precision"
          label={words.board.precision}
          value={wish.precision}
          options={["fp32", "tf32", "fp16"].map((value) => ({ value, label: value }))}
          choose={(precision) => change({ precision: precision as Precision })}
        />
        <Select
          id="gpus"
          label={t.count}
          value={String(wish.gpus)}
          options={[1, 2, 4, 8].map((count) => ({ value: String(count), label: String(count) }))}
          choose={(count) => change({ gpus: Number(count) })}
        />
        {number("days", t.deadline)}
        {number("budget", t.budget)}
        {number("price", t.powerPrice)}
        {number("hourly", t.hourly)}
        {number("loader", t.loader)}
        <div class="field">
          <label for="own">{t.own}</label>
          <input
            id="own"
            type="search"
            value={wish.own}
            placeholder="3090, T4"
            onInput={({ currentTarget }) => change({ own: currentTarget.value })}
          />
        </div>
      </div>
      {reported?.gpus && reported.reportedHours !== null && (
        <p class="quiet">
          {words.answer.reported}:{" "}
          {words.answer.onTheirs(`${reported.reportedHours} h`, `${reported.gpus.count} × ${reported.gpus.name}`)}
        </p>
      )}
      {best !== undefined && wish.days !== null && (
        <Cheapest choice={best} days={wish.days} rented={wish.hourly !== null} words={words} links={links} />
      )}
      <PlanTable answers={answers} words={words} links={links} />
    </>
  );
};
