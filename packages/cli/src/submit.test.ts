import { execFileSync, spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const script = fileURLToPath(new URL("../../../.github/workflows/take-one-result.sh", import.meta.url));
const name = "cpu-amd-epyc/2026-11-24-1l2irujx2ghy.json";
const record = fileURLToPath(new URL(`../../../results/${name}`, import.meta.url));
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("GIT_"))),
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.org",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.org",
};

let folder: string;
let repository: string;
const git = (...words: string[]) => execFileSync("git", ["-C", repository, ...words], { env, encoding: "utf8" }).trim();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "submit-"));
  repository = join(folder, "repository");
  await mkdir(repository);
  git("init", "--quiet");
  await writeFile(join(repository, "code.ts"), "1");
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  await mkdir(join(folder, dirname(name)));
  await copyFile(record, join(folder, name));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const submit = () =>
  spawnSync(process.execPath, [main, "submit", name, "--repository", repository], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
const take = (head: string) =>
  spawnSync("bash", [script, git("rev-parse", "HEAD"), git("rev-parse", head), join(folder, "taken")], {
    cwd: repository,
    env,
    encoding: "utf8",
  });

test("submit puts the file alone on a branch, leaves the checkout as it was, and the workflow takes it", async () => {
  await writeFile(join(repository, "code.ts"), "changed meanwhile");
  const { status, stdout, stderr } = submit();
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /branch results-1l2irujx2ghy holds results\/cpu-amd-epyc\/2026-11-24-1l2irujx2ghy.json and nothing else/,
  );
  expect(git("diff", "--name-status", "HEAD...results-1l2irujx2ghy")).toBe(`A\tresults/${name}`);
  expect(await readFile(join(repository, "code.ts"), "utf8")).toBe("changed meanwhile");
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
  expect(take("results-1l2irujx2ghy")).toMatchObject({ status: 0, stdout: `took results/${name}\n` });
  expect(await readFile(join(folder, "taken", name))).toEqual(await readFile(record));
});

test("a file that is not valid is refused in one line, and no branch is made", async () => {
  const text = await readFile(record, "utf8");
  await writeFile(join(folder, name), text.replace('"seed": ', '"seed": 1'));
  expect(submit()).toMatchObject({ status: 2, stderr: expect.stringMatching(/contentHash: the content was changed/) });
  expect(git("branch", "--list", "results-*")).toBe("");
});

test.each<[string, () => Promise<void>, RegExp]>([
  ["another file besides", () => writeFile(join(repository, "code.ts"), "2"), /^expected one changed file, found 2/],
  ["a second file under results/", () => add("results/evil.json"), /^expected one changed file, found 2/],
])("the workflow refuses a pull request with %s", async (_, change, message) => {
  git("checkout", "--quiet", "-b", "pull");
  await add(`results/${name}`);
  await change();
  git("add", ".");
  git("commit", "--quiet", "-m", "pull");
  git("checkout", "--quiet", "-");
  expect(take("pull")).toMatchObject({ status: 1, stdout: expect.stringMatching(message) });
});

test("the workflow refuses a link, a change of an old record, and a name of its own", async () => {
  git("checkout", "--quiet", "-b", "link");
  await mkdir(join(repository, "results", "cpu-amd-epyc"), { recursive: true });
  await symlink("/etc/hostname", join(repository, "results", name));
  git("add", ".");
  git("commit", "--quiet", "-m", "link");
  git("checkout", "--quiet", "-");
  expect(take("link")).toMatchObject({ status: 1, stdout: expect.stringMatching(/^expected a plain file/) });
  await add("results/a file.json");
  git("add", ".");
  const tree = git("write-tree");
  const commit = git("commit-tree", tree, "-p", "HEAD", "-m", "named");
  expect(take(commit)).toMatchObject({ status: 1, stdout: expect.stringMatching(/^expected one new results/) });
});

async function add(path: string): Promise<void> {
  await mkdir(dirname(join(repository, path)), { recursive: true });
  await copyFile(record, join(repository, path));
}
