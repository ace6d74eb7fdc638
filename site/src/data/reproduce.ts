import type { Case, RunFile } from "@epochmark/schema";

/** The command that measures one case of a run again; every word is quoted where a shell would read it. */
export const reproduceCommand = ({ mode, seed }: RunFile, found: Case): string => {
  const { workload, engine } = found;
  const words = [
    `${found.plugin}/${found.model}`,
    ["--phase", found.phase],
    ["--size", found.size],
    // A named workload holds its batch; a batch makes a workload of its own.
    workload.name === "explicit" || workload.name === "max"
      ? ["--batch", String(workload.batch)]
      : ["--workload", workload.name],
    ["--engine", engine.id],
    // Every GPU at the same time has no device to name.
    found.replicas > 1 ? ["--replicas"] : ["--device", engine.device],
    engine.threads === null ? [] : ["--threads", String(engine.threads)],
    ["--precision", found.precision],
    ["--mode", mode],
    ["--seed", String(seed)],
  ].flat();
  return `npx -y pnpm@12 bench run ${words.map(quote).join(" ")}`;
};

const quote = (word: string): string => (/^[\w:./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
