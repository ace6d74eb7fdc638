import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { Golden } from "./schema.ts";

/** Reads a golden file. @throws {UsageError} when it is unreadable, not JSON, or not in the format */
export async function readGolden(file: string): Promise<Golden> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: cannot be read (${cause.code ?? cause.message}); check the path`);
  });
  const { success, data, error } = Golden.safeParse(parse(file, text));
  if (success) return data;
  const [issue] = error.issues;
  throw new UsageError(`${file}: is no golden file: ${issue?.path.join(".") || "top level"}: ${issue?.message}`);
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file}: is not JSON; name a golden file`);
  }
}
