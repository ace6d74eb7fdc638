import { problem, type JsonPath, type Problem } from "./problem.ts";

/** Deeper than any record; what is deeper is refused before anything recursive sees it. */
const deepest = 32;

/** Problems that are told; a text of nothing but repeats would hold tens of thousands. */
const most = 10;
/** Names that every object has: as a field they could stand for a method somewhere. */
const inherited: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

type Frame = { keys: Set<string> | null; step: string | number };

/**
 * What `JSON.parse` lets pass: a field given twice (the last one would win silently), a field named like something
 * that every object has (`__proto__`, `constructor`), and nesting beyond 32. At most ten problems. Walks the text once, without recursion.
 *
 * @param text well-formed JSON: `JSON.parse` has taken it
 */
export const findHiddenJson = (text: string): Problem[] => {
  const problems: Problem[] = [];
  const stack: Frame[] = [];
  const path = (): JsonPath => stack.map((frame) => frame.step);
  let expectsKey = false;
  // Between two of these marks nothing matters, above all no digit of a sample.
  const marks = /[{}[\],"]/g;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const i = found.index;
    const [mark] = found;
    const top = stack.at(-1);
    switch (mark) {
      case "{":
      case "[":
        if (stack.length === deepest) return [...problems, problem(path(), `nested deeper than ${deepest} levels`)];
        expectsKey = mark === "{";
        stack.push(expectsKey ? { keys: new Set(), step: "" } : { keys: null, step: 0 });
        break;
      case "}":
      case "]":
        stack.pop();
        expectsKey = false;
        break;
      case ",":
        expectsKey = top?.keys != null;
        if (typeof top?.step === "number") top.step += 1;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (expectsKey && top?.keys) {
          const key = JSON.parse(text.slice(i, end)) as string;
          top.step = key;
          if (inherited.has(key)) problems.push(problem(path(), "a field of this name is refused"));
          else if (top.keys.has(key)) problems.push(problem(path(), "the field is given twice"));
          if (problems.length === most) return problems;
          top.keys.add(key);
          expectsKey = false;
        }
        marks.lastIndex = end;
        break;
      }
    }
  }
  return problems;
};

/** Position after the closing quote of the string that opens at `start`. */
const endOfString = (text: string, start: number): number => {
  let i = text.indexOf('"', start + 1);
  while (isEscaped(text, i)) i = text.indexOf('"', i + 1);
  return i + 1;
};

/** Whether an odd number of backslashes stands before a position. */
const isEscaped = (text: string, at: number): boolean => {
  let start = at;
  while (text[start - 1] === "\\") start -= 1;
  return (at - start) % 2 === 1;
};
