import { expect, test } from "vitest";
import { parseWords } from "./words.ts";

test("without words one model of each family runs all its phases on its own workload", () => {
  const words = parseWords([]);
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
  expect(parseWords(words)).toMatchObject({
    models: ["vit-tiny-patch16-224", "trtr"],
    phases: ["infer"],
    batch: 2,
    threads: 1,
    markdown: "a.md",
  });
});

test.each([[["--help"]], [["vit", "-h"]]])("%j asks for help", (argv) => {
  expect(parseWords(argv)).toBeNull();
});

test.each([
  [["--all", "trtr"], '--all and "trtr" were both given'],
  [["--phase", "both"], '--phase "both" is none of train, infer, online'],
  [["--batch", "0"], '--batch "0" is not a whole number'],
  [["--threads", "1.5"], '--threads "1.5" is not a whole number'],
  [["--round", "3"], "Unknown option '--round'"],
])("%j is refused in one line", (argv, message) => {
  const error = refusal(argv);
  expect(error).toMatchObject({ name: "PeersError", exitCode: 2 });
  expect(error.message).toContain(message);
  expect(error.message).not.toContain("\n");
});

function refusal(argv: string[]): Error {
  try {
    parseWords(argv);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
}
