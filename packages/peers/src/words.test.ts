import { expect, test } from "vitest";
import { parseWords } from "./words.ts";

test("a plain peer runs both phases of its own model", () => {
  expect(parseWords(["vit"])).toMatchObject({
    model: "vit/vit-small-patch16-224",
    phases: ["train", "infer"],
    batch: 8,
    rounds: 3,
    check: false,
  });
});

test("options replace the defaults", () => {
  const words = ["vit", "--phase", "infer", "--batch", "2", "--threads", "1", "--model", "vit-tiny-patch16-224"];
  expect(parseWords(words)).toMatchObject({ phases: ["infer"], batch: 2, threads: 1, model: "vit-tiny-patch16-224" });
});

test.each([[[]], [["--help"]], [["vit", "-h"]]])("%j asks for help", (argv) => {
  expect(parseWords(argv)).toBeNull();
});

test.each([
  [["resnet"], 'there is no peer "resnet": use vit'],
  [["constructor"], 'there is no peer "constructor"'],
  [["vit", "vit"], "one peer at a time"],
  [["vit", "--phase", "both"], '--phase "both" is neither train nor infer'],
  [["vit", "--batch", "0"], '--batch "0" is not a whole number'],
  [["vit", "--threads", "1.5"], '--threads "1.5" is not a whole number'],
  [["vit", "--round", "3"], "Unknown option '--round'"],
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
