import type { RunFile } from "@epochmark/schema";

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A random run id: 12 characters of [a-z0-9] (62 bits), so that two machines never write the same name. */
export const newRunId = (): string => {
  // Bytes from 252 on are drawn again: 252 is a multiple of 36, so every character is equally likely.
  let id = "";
  while (id.length < 12) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte! < 252) id += alphabet[byte! % alphabet.length];
  }
  return id;
};

/** Where a run file belongs under the results folder: `<gpu-id>/<YYYY-MM-DD>-<run-id>.json` (date in UTC). */
export const runFilePath = ({ gpu, startedAt, id }: Pick<RunFile, "gpu" | "startedAt" | "id">): string =>
  `${gpu.id}/${new Date(startedAt).toISOString().slice(0, 10)}-${id}.json`;
