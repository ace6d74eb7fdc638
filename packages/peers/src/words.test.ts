import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { readWords } from "./words.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const run = (words: string[]) => spawnSync(process.execPath, [main, ...words], { encoding: "utf8" });

const typed = [...process.argv];
afterEach(() => {
  process.argv = typed;
});
const wordsOf = (words: string[]) => {
  process.argv = [...typed.slice(0, 2), ...words];
  return readWords();
};

test("without words one model of each family runs all its phases on its own workload", () => {
  const words = wordsOf([]);
  expect(words).toMatchObject({
    models: [],
    all: false,
    verify: false,
    rounds: 3,
  });
  expect(words).not.toHaveProperty("batch");
  expect(words).not.toHaveProperty("phases");
});

test("models and options replace the defaults", () => {
  const words = [
    "vit-tiny-patch16-224",
    "trtr",
    "--phase",
    "infer",
    "--batch",
    "2",
    "--threads",
    "1",
    "--markdown",
    "a.md",
  ];
  expect(wordsOf(words)).toMatchObject({
    models: ["vit-tiny-patch16-224", "trtr"],
    phases: ["infer"],
    batch: 2,
    threads: 1,
    markdown: "a.md",
  });
});

test.each([[["--help"]], [["vit", "-h"]]])("%j prints the help and does nothing", (words) => {
  const { stdout, status } = run(words);
  expect(stdout).toContain("pnpm run peers [MODEL...] [options]");
  expect(status).toBe(0);
});

test.each([
  [["--all", "trtr"], '--all and "trtr" were both given'],
  [["--phase", "both"], '--phase "both" is none of train, infer, online'],
  [["--batch", "0"], '--batch "0": say a whole number'],
  [["--threads", "1.5"], '--threads "1.5": say a whole number'],
  [["--samples", "10001"], '--samples "10001": say at most 10000'],
  [["--round", "3"], "Unknown option '--round'"],
])("%j is refused in one line", (words, message) => {
  const { stdout, stderr, status } = run(words);
  expect(stderr).toContain(`peers: ${message}`);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect([stdout, status]).toEqual(["", 2]);
});
