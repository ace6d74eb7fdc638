import { type FileHandle, open } from "node:fs/promises";
import { DTYPES, type Dtype, type TensorData } from "./dtypes.ts";
import { CheckpointError, listed, quote } from "./error.ts";
import { type Entry, type Header, PREFIX_BYTES, headerLength, parseHeader } from "./header.ts";

export interface CheckpointTensor {
  shape: number[];
  /** Element type in the file; see `data` for what it was read as. */
  dtype: Dtype;
  /** Row-major. F32, F16, BF16 and F64 are read as float32 (F64 is rounded), I64 as BigInt64Array, BOOL as 0 and 1. */
  data: TensorData;
}

export interface Checkpoint {
  /** By the name in the file, such as `blocks.0.attn.qkv.weight`. */
  tensors: Record<string, CheckpointTensor>;
  metadata: Record<string, string>;
}

/** What the reader of a checkpoint must find in it: these tensors, in these shapes, and no other. */
export interface Expected {
  name: string;
  shape: readonly number[];
}

/** Where a checkpoint is not just what its reader expects. */
export interface Tolerated {
  /** Tensors that may be in the file without being expected; they are not read. */
  others?: RegExp | undefined;
  /** Expected tensors that the file may be without. */
  lacks?: RegExp | undefined;
}

/**
 * Reads a safetensors file. The whole header is checked, and compared with `expected`, before any
 * tensor is read. Tensors are read one by one, so the file may be larger than 2 GiB.
 * @throws CheckpointError if the file is unreadable, damaged, or does not hold exactly `expected`
 */
export async function readSafetensors(
  path: string,
  expected?: readonly Expected[],
  tolerated: Tolerated = {},
): Promise<Checkpoint> {
  const handle = await reading(path, () => open(path));
  try {
    return await readFrom(handle, path, tolerated, expected);
  } finally {
    await handle.close();
  }
}

/** Reads the bytes of a safetensors file; `file` names them in messages. @throws CheckpointError */
export function decodeSafetensors(bytes: Uint8Array, file = "safetensors in memory"): Checkpoint {
  const length = headerLength(bytes.subarray(0, PREFIX_BYTES), bytes.length, file);
  const start = PREFIX_BYTES + length;
  const header = parseHeader(bytes.subarray(PREFIX_BYTES, start), bytes.length - start, file);
  const tensors = header.entries.map((entry) =>
    // Copied: a view into `bytes` need not be aligned.
    named(entry, new Uint8Array(bytes.subarray(start + entry.begin, start + entry.end)).buffer),
  );
  return { tensors: Object.fromEntries(tensors), metadata: header.metadata };
}

async function readFrom(
  handle: FileHandle,
  path: string,
  { others, lacks }: Tolerated,
  expected?: readonly Expected[],
): Promise<Checkpoint> {
  const stat = await reading(path, () => handle.stat());
  if (!stat.isFile()) throw new CheckpointError(path, "is not a file; name a .safetensors file");
  const prefix = await readRange(handle, path, 0, Math.min(PREFIX_BYTES, stat.size));
  const length = headerLength(new Uint8Array(prefix), stat.size, path);
  const start = PREFIX_BYTES + length;
  const header = parseHeader(
    new Uint8Array(await readRange(handle, path, PREFIX_BYTES, start)),
    stat.size - start,
    path,
  );
  if (expected) {
    const names = new Set(expected.map(({ name }) => name));
    header.entries = header.entries.filter(({ name }) => names.has(name) || !others?.test(name));
    const found = new Set(header.entries.map(({ name }) => name));
    const needed = expected.filter(({ name }) => found.has(name) || !lacks?.test(name));
    requireExpected(header, needed, path);
  }
  const tensors: [string, CheckpointTensor][] = [];
  for (const entry of header.entries)
    tensors.push(named(entry, await readRange(handle, path, start + entry.begin, start + entry.end)));
  // fromEntries defines own properties, so that a tensor called `__proto__` is only a tensor.
  return { tensors: Object.fromEntries(tensors), metadata: header.metadata };
}

function named({ name, dtype, shape }: Entry, buffer: ArrayBuffer): [string, CheckpointTensor] {
  return [name, { dtype, shape, data: DTYPES[dtype].read(buffer) }];
}

function requireExpected({ entries }: Header, expected: readonly Expected[], path: string): void {
  const found = new Map(entries.map((entry) => [entry.name, entry.shape]));
  const wanted = new Set(expected.map(({ name }) => name));
  const missing = expected.filter(({ name }) => !found.has(name)).map(({ name }) => quote(name));
  const unexpected = entries.filter(({ name }) => !wanted.has(name)).map(({ name }) => quote(name));
  const misshapen = expected
    .filter(({ name, shape }) => found.has(name) && found.get(name)!.join() !== shape.join())
    .map(({ name, shape }) => `${quote(name)} is [${found.get(name)!.join()}], expected [${shape.join()}]`);
  const faults = [
    ...(missing.length ? [listed("missing", missing)] : []),
    ...(unexpected.length ? [listed("unexpected", unexpected)] : []),
    ...(misshapen.length ? [listed("of another shape", misshapen)] : []),
  ];
  if (faults.length)
    throw new CheckpointError(
      path,
      `does not fit, of ${expected.length} tensors expected: ${faults.join("; ")}; use the checkpoint of this very model`,
    );
}

/** Bytes `begin` to `end` of the file, in a buffer of their own. */
async function readRange(handle: FileHandle, path: string, begin: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - begin);
  for (let done = 0; done < bytes.length;) {
    // One read call takes at most 2 GiB.
    const length = Math.min(bytes.length - done, 2 ** 30);
    const { bytesRead } = await reading(path, () => handle.read(bytes, done, length, begin + done));
    if (bytesRead === 0) throw new CheckpointError(path, "became shorter while it was read; wait until it is written");
    done += bytesRead;
  }
  return bytes.buffer;
}

async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new CheckpointError(path, `cannot be read (${reason}); check the path`, { cause });
  }
}
