import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";

/** Files that appear in a folder all together, when all are there, or not at all. */
export class StagedFiles {
  readonly #folder: string;
  readonly #stage: string;
  readonly #names: string[] = [];
  #made: string | undefined;

  /** @param folder made when the first file is written, with those above it */
  constructor(folder: string) {
    this.#folder = folder;
    this.#stage = join(folder, `.epochmark-${randomUUID()}`);
  }

  /** @throws {UsageError} when it cannot be written */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    await this.#writing(async () => {
      if (this.#names.length === 0) this.#made = await mkdir(this.#stage, { recursive: true });
      await writeFile(join(this.#stage, name), content, { flag: "wx", flush: true });
    });
    this.#names.push(name);
  }

  /** Where a file will be. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Moves everything into place. @throws {UsageError} */
  async publish(): Promise<void> {
    if (this.#names.length === 0) return;
    await this.#writing(async () => {
      for (const name of this.#names) await rename(join(this.#stage, name), join(this.#folder, name));
      await rmdir(this.#stage);
    });
  }

  /** Removes what was not published, the folders that were made for it included. */
  async discard(): Promise<void> {
    await rm(this.#stage, { recursive: true, force: true });
    const left = await readdir(this.#folder).catch(() => ["unknown"]);
    if (this.#made !== undefined && left.length === 0) await rm(this.#made, { recursive: true, force: true });
  }

  async #writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new UsageError(`${this.#folder}: cannot be written (${code ?? message}); check folder and free space`);
    }
  }
}
