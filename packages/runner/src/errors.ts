/** What was asked cannot be done: one line that names the word at fault and what may stand there instead. */
export class UsageError extends Error {
  override name = "UsageError";
  /** Words that would have been understood, nearest first. */
  readonly choices: readonly string[];

  constructor(message: string, choices: readonly string[] = []) {
    super(message);
    this.choices = choices;
  }
}

/** A plugin folder that cannot be used, and why. */
export class PluginError extends Error {
  override name = "PluginError";
  /** The folder's name, never its path. */
  readonly folder: string;

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(`plugin folder ${folder}: ${reason}`, options);
    this.folder = folder;
  }
}
