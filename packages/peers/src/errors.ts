/** Why the comparison cannot be made: one line that names the thing at fault and the remedy. */
export class PeersError extends Error {
  override name = "PeersError";
  /** 2 for a word that was not understood, 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: ErrorOptions & { exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
