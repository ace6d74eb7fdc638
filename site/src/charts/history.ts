import { axisX, axisY, dot, lineY, ruleX, text } from "@observablehq/plot";
import { caseTask, type PastCase } from "../data/history.ts";
import type { Words } from "../i18n/index.ts";
import { draw } from "./draw.ts";

/** Throughput of a GPU's ranked cases over time, a line a task, relative to its newest; null where nothing repeats. */
export const historyChart = (past: readonly PastCase[], words: Words): string | null => {
  const counted = past.filter(({ file, found }) => file.mode === "ranked" && found.status === "ok" && found.summary);
  const repeated = [...Map.groupBy(counted, caseTask).values()].filter((cases) => cases.length > 1);
  if (repeated.length === 0) return null;
  const points = repeated.flatMap((cases, series) => {
    const [newest] = cases;
    const scale = newest!.found.summary!.imagesPerSecond.median;
    return cases.map(({ file, found }) => {
      const { median, low, high } = found.summary!.imagesPerSecond;
      const date = new Date(file.startedAt);
      const version = `${found.engine.version}${file.gpu.driver === null ? "" : ` / ${file.gpu.driver}`}`;
      return {
        date,
        rate: median / scale,
        low: (low ?? median) / scale,
        high: (high ?? median) / scale,
        version,
        series,
      };
    });
  });
  const series = { z: "series", stroke: "currentColor" };
  return draw({
    width: 720,
    height: 260,
    marginLeft: 56,
    marginRight: 90,
    y: { grid: true, label: words.columns.rate, percent: true },
    marks: [
      axisX({ label: null, ticks: 5 }),
      axisY({ label: `${words.columns.rate} (%)` }),
      ruleX(points, { x: "date", y1: "low", y2: "high", stroke: "currentColor" }),
      lineY(points, { x: "date", y: "rate", ...series, strokeOpacity: 0.5 }),
      dot(points, { x: "date", y: "rate", fill: "currentColor", r: 3.5 }),
      text(points, { x: "date", y: "rate", text: "version", dx: 7, textAnchor: "start", fill: "currentColor" }),
    ],
  });
};
