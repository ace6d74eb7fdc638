/// <reference lib="dom" />
import { render } from "preact";
import { SamplePlot } from "../components/SamplePlot.tsx";
import type { SampledCase } from "../data/sample-plot.ts";
import { embedded, pageContext } from "./page.ts";

const { words } = pageContext();
const cases = embedded<(SampledCase | null)[]>("samples");
for (const place of document.querySelectorAll<HTMLElement>("[data-samples]")) {
  const found = cases[Number(place.dataset["samples"])];
  if (found) render(<SamplePlot of={found} words={words} />, place);
}
