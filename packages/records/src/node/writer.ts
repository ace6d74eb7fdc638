import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Case, RunFile } from "@epochmark/schema";
import { caseKey } from "../case-key.ts";
import { asRunFile } from "../form.ts";
import { formatRunFile } from "../format.ts";
import { contentHash } from "../hash.ts";
import { maxFileBytes } from "../limits.ts";
import { cleanRecord } from "../privacy.ts";
import { removeStaleTemporaries, writeAtomically } from "./atomic.ts";
import { makeFolder } from "./make-folder.ts";
import { readRunFile } from "./read.ts";
import { RecordWriteError, writeError } from "./write-error.ts";

/**
 * Keeps one run file on disk in step with the run: after each call has resolved the file holds that case, whatever
 * happens to this process or the machine. Calls may overlap; they are written one after the other. A call that
 * rejects leaves the file and the record as they were, so that it can be tried again.
 */
export class RunFileWriter {
  readonly path: string;
  #file: RunFile;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: RunFile) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Writes a new run file; its folder is made if need be. Paths and control characters in texts are replaced, here
   * and in every case (`cleanRecord`).
   *
   * @param path where the file goes: the results folder joined with `runFilePath(initial)`
   * @throws {RecordWriteError} when the file exists already or cannot be written, {RecordError} when the record does
   * not have the schema's form.
   */
  static async create(path: string, initial: Omit<RunFile, "contentHash">): Promise<RunFileWriter> {
    try {
      await makeFolder(dirname(path));
      await removeStaleTemporaries(dirname(path));
      if (await exists(path)) throw new RecordWriteError(dirname(path), "EXISTS", `${path} exists already`);
    } catch (cause) {
      throw writeError(path, cause);
    }
    return new RunFileWriter(path, await write(path, initial));
  }

  /** Goes on with a run file that lies on disk. @throws {RecordError} when it is none. */
  static async resume(path: string): Promise<RunFileWriter> {
    await removeStaleTemporaries(dirname(path));
    return new RunFileWriter(path, await readRunFile(path));
  }

  /** The record as it lies on disk. */
  get file(): RunFile {
    return this.#file;
  }

  /** Adds a case. @throws {RangeError} when the run holds it already, {RecordWriteError} when it cannot be written. */
  append(added: Case): Promise<void> {
    return this.#change(({ cases }) => {
      if (findCase(cases, added) >= 0) throw new RangeError(`the run holds the case already: ${caseKey(added)}`);
      return { cases: [...cases, added] };
    });
  }

  /** Puts a case in the place of the one with the same key, e.g. after one more launch of it. */
  replaceCase(changed: Case): Promise<void> {
    return this.#change(({ cases }) => {
      const index = findCase(cases, changed);
      if (index < 0) throw new RangeError(`the run does not hold the case: ${caseKey(changed)}`);
      return { cases: cases.with(index, changed) };
    });
  }

  /** Marks the run as complete. */
  finish(finishedAt?: string): Promise<void> {
    return this.#change(({ startedAt }) => ({ finishedAt: finishedAt ?? notBefore(startedAt) }));
  }

  #change(change: (file: RunFile) => Partial<RunFile>): Promise<void> {
    const next = this.#last.then(async () => {
      this.#file = await write(this.path, { ...this.#file, ...change(this.#file) });
    });
    this.#last = next.catch(() => undefined);
    return next;
  }
}

/** Now, or the start where the clock was set back during the run. */
const notBefore = (startedAt: string): string => new Date(Math.max(Date.now(), Date.parse(startedAt))).toISOString();

const findCase = (cases: readonly Case[], wanted: Case): number =>
  cases.findIndex((other) => caseKey(other) === caseKey(wanted));

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;

const write = async (path: string, content: Omit<RunFile, "contentHash">): Promise<RunFile> => {
  // The form comes first: what has no place in JSON, such as NaN, has no hash either.
  const checked = asRunFile({ ...cleanRecord(content), contentHash: "0".repeat(64) }, path);
  const file = { ...checked, contentHash: await contentHash(checked) };
  const text = formatRunFile(file);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxFileBytes) {
    const message = `the record would take ${bytes} bytes of at most ${maxFileBytes}: run fewer models in one run`;
    throw new RecordWriteError(dirname(path), "TOO_LARGE", message);
  }
  try {
    await writeAtomically(path, text);
  } catch (cause) {
    throw writeError(path, cause);
  }
  return file;
};
