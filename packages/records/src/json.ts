import { problem, type JsonPath, type Problem } from "./problem.ts";

/** Deeper than any record; what is deeper is refused before anything recursive sees it. */
const deepest = 32;

type Frame = { keys: Set<string> | null; step: string | number };

/**
 * What `JSON.parse` lets pass: a field given twice (the last one would win silently), a field named `__proto__`, and
 * nesting beyond 32. Walks the text once, without recursion.
 *
 * @param text well-formed JSON: `JSON.parse` has taken it
 */
export const findHiddenJson = (text: string): Problem[] => {
  const problems: Problem[] = [];
  const stack: Frame[] = [];
  const path = (): JsonPath => stack.map((frame) => frame.step);
  let expectsKey = false;
  for (let i = 0; i < text.length; i += 1) {
    const top = stack.at(-1);
    switch (text[i]) {
      case "{":
      case "[":
        if (stack.length === deepest) return [...problems, problem(path(), `nested deeper than ${deepest} levels`)];
        expectsKey = text[i] === "{";
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
          if (key === "__proto__") problems.push(problem(path(), "a field of this name is refused"));
          else if (top.keys.has(key)) problems.push(problem(path(), "the field is given twice"));
          top.keys.add(key);
          expectsKey = false;
        }
        i = end - 1;
        break;
      }
    }
  }
  return problems;
};

/** Position after the closing quote of the string that opens at `start`. */
const endOfString = (text: string, start: number): number => {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i + 1;
};
