import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Harness } from "@epochmark/schema";
import own from "../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

/** Version of this code: package, and commit with changes where git can tell. New records are no change of the code. */
export async function describeHarness(folder: string = root): Promise<Harness> {
  const { version } = own;
  try {
    // A copy inside another repository must not be given that one's commit.
    if ((await realpath((await git(folder, "rev-parse", "--show-toplevel")).trim())) !== (await realpath(folder)))
      return { version, commit: null, dirty: null };
    const commit = (await git(folder, "rev-parse", "HEAD")).trim();
    const changes = await git(folder, "status", "--porcelain", "--", ".", ":(exclude)results");
    return { version, commit, dirty: changes.trim() !== "" };
  } catch {
    return { version, commit: null, dirty: null };
  }
}

async function git(folder: string, ...words: string[]): Promise<string> {
  // Inside a git hook GIT_DIR and the like point elsewhere.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  const { stdout } = await run("git", ["-C", folder, ...words], { env, timeout: 5000 });
  return stdout;
}
