/** Setting up could not be done: one line that says what is missing or broken, and the remedy. */
export class SetupError extends Error {
  override name = "SetupError";
}
