import { plot, type PlotOptions } from "@observablehq/plot";
import { parseHTML } from "linkedom";

/**
 * A chart of Observable Plot as SVG text, drawn at build time. Its own style sheet and style attributes are left out,
 * because the pages allow none; sizes and colours are in attributes and in the site's sheet.
 */
export const draw = (options: PlotOptions): string => {
  const { document } = parseHTML("<!doctype html><body></body>");
  const drawn = plot({ ...options, document: document as unknown as Document });
  const svg = drawn.tagName.toLowerCase() === "svg" ? drawn : drawn.querySelector("svg")!;
  for (const style of svg.querySelectorAll("style")) style.remove();
  for (const element of [svg, ...svg.querySelectorAll("[style]")]) element.removeAttribute("style");
  svg.setAttribute("aria-hidden", "true");
  return svg.outerHTML;
};
