import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { costProfiles } from "@epochmark/catalog/costs";
import { writeAtomically } from "@epochmark/records/node";
import type { Peak } from "./fit.ts";

const file = new URL("peaks.json", import.meta.url);

interface Kept {
  model: string;
  phase: string;
  batch: number;
  measuredMiB: number;
}

const read = async (): Promise<Kept[]> => JSON.parse(await readFile(file, "utf8")) as Kept[];

/** The peaks that were measured and kept, with the cost profiles of today. @throws where a case has none any more */
export async function keptPeaks(): Promise<Peak[]> {
  return (await read()).map(({ model, phase, batch, measuredMiB }) => {
    const profile = costProfiles.find((one) => one.model === model && one.phase === phase);
    if (profile) return { profile, batch, measuredMiB };
    throw new Error(`peaks.json: ${model} ${phase} has no cost profile: delete its lines, or run pnpm tables`);
  });
}

/** Keeps a peak in place of an older one of the same case and batch. */
export async function keepPeak({ profile: { model, phase }, batch, measuredMiB }: Peak): Promise<void> {
  const others = (await read()).filter((one) => one.model !== model || one.phase !== phase || one.batch !== batch);
  const kept = [...others, { model, phase, batch, measuredMiB }].toSorted(
    (a, b) => a.model.localeCompare(b.model) || a.phase.localeCompare(b.phase) || a.batch - b.batch,
  );
  await writeAtomically(fileURLToPath(file), `${JSON.stringify(kept, null, 2)}\n`);
}
