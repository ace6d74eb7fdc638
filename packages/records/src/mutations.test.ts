import { expect, test } from "vitest";
import { fateOf, mutants } from "../test/mutants.ts";
import { parseRunFile } from "./parse.ts";

test("2,000 damaged records: each is refused with its file and the place, or found untrue; nothing else is thrown", async () => {
  const seen = { refused: 0, untrue: 0, equal: 0 };
  let i = 0;
  for (const mutant of mutants(2000, 20260901)) {
    const name = `${(i += 1)}.json`;
    seen[await fateOf(mutant, name, () => parseRunFile(mutant.content, name))] += 1;
  }
  expect(seen.refused).toBeGreaterThan(1500);
  expect(seen.untrue).toBeGreaterThan(50);
});
