/// <reference lib="dom" />
import { hydrate } from "preact";
import type { Board } from "../board/types.ts";
import { Leaderboard } from "../components/board/Leaderboard.tsx";
import { embedded, pageContext } from "./page.ts";

const place = document.querySelector<HTMLElement>("[data-board]");
if (place) {
  const { words, links } = pageContext();
  hydrate(<Leaderboard board={embedded<Board>("board")} words={words} links={links} />, place);
}
