import type { Case, Mode } from "@epochmark/schema";

/** The command that measures one case again; typed by people, so every word is quoted where a shell would read it. */
export const reproduceCommand = (found: Case, mode: Mode): string => {
  const words = [
    `${found.plugin}/${found.model}`,
    ["--phase", found.phase],
    ["--size", found.size],
    // An explicit workload has no name: its batch says it.
    found.workload.name === "explicit" ? [] : ["--workload", found.workload.name],
    ["--batch", String(found.workload.batch)],
    ["--engine", found.engine.id],
    ["--device", found.engine.device],
    ["--precision", found.precision],
    ["--mode", mode],
  ].flat();
  return `npx -y pnpm@12 bench run ${words.map(quote).join(" ")}`;
};

const quote = (word: string): string => (/^[\w:./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
