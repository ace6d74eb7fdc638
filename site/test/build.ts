import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export type Build = { ok: boolean; output: string };

/** Builds the site as `pnpm site:build` does, over another results folder, into another folder. */
export const buildSite = (options: {
  results: string;
  out: string;
  base?: string | undefined;
  /** The variant that is opened from a folder. */
  offline?: boolean;
}): Promise<Build> =>
  new Promise((resolve) => {
    const script = ["--env-file=astro.env", "node_modules/astro/bin/astro.mjs", "build"];
    const flags = ["--outDir", options.out, ...(options.base === undefined ? [] : ["--base", options.base])];
    // The test runner's own MODE, BASE_URL and the like would reach the pages through import.meta.env.
    const { PATH, HOME, TMPDIR } = process.env;
    const env = {
      PATH,
      HOME,
      TMPDIR,
      EPOCHMARK_RESULTS: options.results,
      NO_COLOR: "1",
      ...(options.offline ? { EPOCHMARK_OFFLINE: "1" } : {}),
    };
    execFile(process.execPath, [...script, ...flags], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: stdout + stderr }),
    );
  });
