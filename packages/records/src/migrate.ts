import { type RunFile, runFileVersion } from "@epochmark/schema";
import { asRunFile } from "./form.ts";
import { contentHash } from "./hash.ts";
import { parseRunJson } from "./parse.ts";
import { problem, RecordError } from "./problem.ts";
import { summarize } from "./summary.ts";

type Old = Record<string, unknown>;

/** What turns a record of each version into one of the next: fields that nobody recorded then say so. */
const steps: Record<number, (file: Old) => Old> = { 1: fromVersion1 };

/**
 * A record of any version as one of today's. What it says stays as it was; the content hash is made anew after the
 * old one has been checked.
 *
 * @param fileName as the error messages should show it
 * @throws {RecordError} when it is no record of its version, was changed after it was written, or is of a version unknown here
 */
export const migrateRunFile = async (content: string | Uint8Array, fileName: string): Promise<RunFile> => {
  let file = parseRunJson(content, fileName) as Old | null;
  const written = versionOf(file);
  if (file === null || written === undefined || written === runFileVersion || !Object.hasOwn(steps, written))
    return asRunFile(file, fileName);
  if ((await contentHash(file as unknown as RunFile)) !== file["contentHash"])
    throw new RecordError(fileName, [problem(["contentHash"], "the content was changed after it was written")]);
  try {
    for (let version = written; version < runFileVersion; version += 1) file = steps[version]!(file);
  } catch (cause) {
    throw new RecordError(fileName, [problem([], `is no record of version ${written}`)], { cause });
  }
  const migrated = asRunFile(file, fileName);
  return { ...migrated, contentHash: await contentHash(migrated) };
};

const versionOf = (file: Old | null): number | undefined =>
  typeof file?.["schemaVersion"] === "number" ? file["schemaVersion"] : undefined;

/** Version 2 knows conditions, energy, overhead, the end of the window, and what runs on larger allowances. */
function fromVersion1(file: Old): Old {
  const reason = "not kept by version 1 of the record";
  const unknown = { known: false, reason };
  const unmeasured = { value: null, method: null, reason };
  const launch = (old: Old): Old => ({
    ...old,
    stop: null,
    halfWidth: null,
    overheadMs: null,
    unforcedStepMs: null,
    clockJumpMs: null,
    memory: { ...(old["memory"] as Old), deviceContextMiB: unmeasured, deviceBaselineMiB: unmeasured },
    conditions: { power: unknown, clock: unknown, thermal: unknown, others: unknown },
  });
  const caseOf = (old: Old): Old => {
    const launches = (old["launches"] as Old[]).map(launch);
    const { batch } = old["workload"] as { batch: number };
    const known = old["summary"] as Old | null;
    const { joulesPerImage, overhead, slopePercentPerMinute } = summarize(launches as never, batch) ?? {};
    return {
      ...old,
      engine: { ...(old["engine"] as Old), adapter: null },
      replicas: 1,
      warnings: [],
      batchSearch: null,
      cost: old["cost"] && { ...(old["cost"] as Old), winogradFlops: null, compulsoryBytes: null },
      launches,
      summary: known && { ...known, joulesPerImage, overhead, slopePercentPerMinute },
    };
  };
  const cases = (file["cases"] as Old[]).map(caseOf);
  return { ...file, schemaVersion: 2, deviceState: unknown, skippedDevices: [], cases };
}
