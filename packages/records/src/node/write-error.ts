import { dirname } from "node:path";

/** A run file could not be written; the message is one line and names folder and remedy. */
export class RecordWriteError extends Error {
  override readonly name = "RecordWriteError";
  readonly folder: string;
  /** System code such as `ENOSPC`, or `TOO_LARGE`, `EXISTS`. */
  readonly code: string;

  constructor(folder: string, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.folder = folder;
    this.code = code;
  }
}

const remedies: Record<string, string> = {
  ENOSPC: "the disk is full: free some space or name another folder with --out",
  EDQUOT: "your disk quota is used up: free some space or name another folder with --out",
  EFBIG: "the system's limit for file sizes was reached: raise it (ulimit -f) or name another folder with --out",
  EACCES: "no permission to write there: name another folder with --out",
  EPERM: "no permission to write there: name another folder with --out",
  EROFS: "it is read-only: name another folder with --out",
  ENOTDIR: "a part of that path is a file: name another folder with --out",
  EEXIST: "a part of that path is a file: name another folder with --out",
};

/** What a failed system call means for the person who ran `bench`. */
export const writeError = (path: string, cause: unknown): RecordWriteError => {
  if (cause instanceof RecordWriteError) return cause;
  const folder = dirname(path);
  const code = (cause as NodeJS.ErrnoException).code ?? "UNKNOWN";
  const remedy = remedies[code] ?? `${(cause as Error).message}: name another folder with --out`;
  return new RecordWriteError(folder, code, `cannot write the record in ${folder}: ${remedy}`, { cause });
};
