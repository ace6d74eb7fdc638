/** An image that cannot be used. The message is one line: the file, what is wrong, the remedy. */
export class ImageError extends Error {
  override name = "ImageError";
  readonly file: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.file = file;
  }
}
