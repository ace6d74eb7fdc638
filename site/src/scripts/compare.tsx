/// <reference lib="dom" />
import { hydrate } from "preact";
import type { Board } from "../board/types.ts";
import { Compare } from "../components/compare/Compare.tsx";
import { embedded, pageContext } from "./page.ts";

const { words, links } = pageContext();
hydrate(
  <Compare board={embedded<Board>("board")} words={words} links={links} />,
  document.querySelector<HTMLElement>("[data-compare]")!,
);
