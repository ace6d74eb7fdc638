import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("example.fixture.ts", import.meta.url));
const run = (...words: string[]) => spawnSync(process.execPath, [script, ...words], { encoding: "utf8" });

describe("a developer's command", () => {
  test("reads its options and words, past pnpm's own --", () => {
    const { stdout, status } = run("--", "vit/", "--times", "3", "--check");
    expect(JSON.parse(stdout)).toEqual({ times: 3, check: true, words: ["vit/"] });
    expect(status).toBe(0);
  });
  test.each(["--help", "-h"])("%s prints its help and does nothing", (word) => {
    const { stdout, status } = run("--times", "0", word);
    expect(stdout).toBe("Counts.\n\n  pnpm run example [WORD...]\n");
    expect(status).toBe(0);
  });
  test.each([
    [["--tims", "3"], "example: Unknown option '--tims'; see pnpm run example --help\n"],
    [["--times", "0"], 'example: --times "0": say a whole number from 1 on; see pnpm run example --help\n'],
    [["--times", "1e999"], 'example: --times "1e999": say a whole number from 1 on; see pnpm run example --help\n'],
    [["--no-words", "odd"], 'example: "odd" is not understood: it takes options only; see pnpm run example --help\n'],
  ])("%j is refused in one line", (words, line) => {
    const { stdout, stderr, status } = run(...words);
    expect([stdout, stderr, status]).toEqual(["", line, 2]);
  });
});
