/** A checkpoint that cannot be used. The message is one line: the file, the tensor, what is wrong, the remedy. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
  readonly file: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.file = file;
  }
}

/** A tensor's name as it may stand in a message: quoted, control characters escaped, at most 100 characters. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 99)}…` : name);
}

/** `3 missing ("a", "b", "c")`, with at most five names spelled out. */
export function listed(what: string, names: string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return `${names.length} ${what} (${shown}${names.length > 5 ? `, … ${names.length - 5} more` : ""})`;
}
