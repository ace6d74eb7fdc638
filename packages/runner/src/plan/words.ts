import { UsageError } from "../errors.ts";

/** The one of `choices` that `word` is, in any case. @throws {UsageError} listing the choices */
export function chooseWord<Word extends string>(what: string, word: string, choices: readonly Word[]): Word {
  const found = choices.find((choice) => choice.toLowerCase() === word.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`unknown ${what} "${word}": say ${choices.join(", ")}`, choices);
}
