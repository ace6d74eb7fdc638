/// <reference lib="dom" />
import type { Evidence } from "@epochmark/planner";
import { hydrate } from "preact";
import { Plan } from "../components/plan/Plan.tsx";
import { embedded, pageContext } from "./page.ts";

const { words, links } = pageContext();
hydrate(
  <Plan {...embedded<{ models: string[]; evidence: Evidence[] }>("plan")} words={words} links={links} />,
  document.querySelector<HTMLElement>("[data-plan]")!,
);
