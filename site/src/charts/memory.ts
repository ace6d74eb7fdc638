import { areaY, axisX, axisY, dot, lineY, ruleY, text } from "@observablehq/plot";
import type { BatchMemory } from "@epochmark/planner";
import type { Words } from "../i18n/index.ts";
import { draw } from "./draw.ts";

/** Memory sizes that cards are sold with (GiB). */
const cards = [4, 8, 12, 16, 24, 48, 80];

/** Predicted memory against batch, with its interval as a band and the sizes of cards as lines. */
export const memoryChart = (rows: readonly BatchMemory[], words: Words): string => {
  const points = rows.map(({ batch, memoryMiB: { low, median, high } }) => ({
    batch,
    low: low / 1024,
    median: median / 1024,
    high: high / 1024,
  }));
  const most = Math.max(...points.map(({ high }) => high));
  const lines = cards.filter((size) => size < most * 1.3);
  return draw({
    width: 720,
    height: 300,
    marginLeft: 56,
    marginRight: 60,
    x: { type: "log", base: 2 },
    y: { type: "log", base: 2, label: null },
    marks: [
      axisX({ label: words.model.batchAxis, ticks: rows.map(({ batch }) => batch), tickFormat: String }),
      axisY({ label: `${words.columns.memory} (GiB)`, tickFormat: String }),
      ruleY(lines, { stroke: "currentColor", strokeOpacity: 0.35 }),
      text(lines, {
        y: (size: number) => size,
        text: (size: number) => `${size} GB`,
        frameAnchor: "right",
        dx: 40,
        fill: "currentColor",
      }),
      areaY(points, { x: "batch", y1: "low", y2: "high", fill: "currentColor", fillOpacity: 0.15 }),
      lineY(points, { x: "batch", y: "median", stroke: "currentColor", strokeDasharray: "5 4" }),
      dot(points, { x: "batch", y: "median", fill: "none", stroke: "currentColor" }),
    ],
  });
};
