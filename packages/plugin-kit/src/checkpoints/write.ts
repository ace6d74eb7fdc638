import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { CheckpointError, quote } from "./error.ts";
import { PREFIX_BYTES } from "./header.ts";

/** A tensor to write: float32 becomes F32, int32 becomes I32. `data` is row-major in `shape`. */
export interface WritableTensor {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

/**
 * Writes a safetensors file under a temporary name beside `path`, flushes it and renames it: `path` holds
 * either its old content or the whole new one. Tensors lie in the file in the order given.
 * @throws CheckpointError if a shape does not fit its data, or the file cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: Record<string, WritableTensor>,
  metadata: Record<string, string> = {},
): Promise<void> {
  const parts = pieces(tensors, metadata, path);
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, parts, { flag: "wx", flush: true });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new CheckpointError(path, `cannot be written (${reason}); check folder and free space`, { cause });
  }
}

/** The bytes of a safetensors file. @throws CheckpointError if a shape does not fit its data */
export function encodeSafetensors(
  tensors: Record<string, WritableTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  return Buffer.concat(pieces(tensors, metadata, "safetensors in memory"));
}

/** Length prefix, header padded with spaces to a multiple of eight bytes, then each tensor's bytes. */
function pieces(tensors: Record<string, WritableTensor>, metadata: Record<string, string>, file: string): Uint8Array[] {
  const fields: [string, unknown][] = Object.keys(metadata).length ? [["__metadata__", metadata]] : [];
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== data.length || !shape.every((length) => Number.isSafeInteger(length) && length >= 0))
      throw new CheckpointError(
        file,
        `tensor ${quote(name)}: shape [${shape.join()}] does not hold ${data.length} values`,
      );
    if (name === "__metadata__")
      throw new CheckpointError(file, `a tensor cannot be called ${quote(name)}: the format keeps the name`);
    const dtype = data instanceof Float32Array ? "F32" : "I32";
    fields.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const header = new Uint8Array(PREFIX_BYTES + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - PREFIX_BYTES), true);
  header.set(json, PREFIX_BYTES);
  const bodies = Object.values(tensors).map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  return [header, ...bodies];
}
