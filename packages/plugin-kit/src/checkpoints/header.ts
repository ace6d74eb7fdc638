import { DTYPES, type Dtype, isDtype } from "./dtypes.ts";
import { CheckpointError, quote } from "./error.ts";

/** Bytes before the header: its length as a little-endian uint64. */
export const PREFIX_BYTES = 8;
/** The format's own cap on the header, 100 MB. */
const MAX_HEADER_BYTES = 100_000_000;

/** Where one tensor lies. `begin` and `end` count bytes from the start of the data section. */
export interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  /** In order of their bytes in the file; together they cover the data section without hole or overlap. */
  entries: Entry[];
  metadata: Record<string, string>;
}

/** First bytes of the two containers that PyTorch itself writes: zip, and before 1.6 a plain pickle. */
const PICKLES = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x80, 0x02, 0x8a],
];

const REMEDY = "the file is damaged: copy or convert it again";

/**
 * The header's length in bytes, from the first eight bytes of a file of `fileSize` bytes.
 * @throws CheckpointError
 */
export function headerLength(prefix: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < PREFIX_BYTES)
    throw new CheckpointError(file, `has ${fileSize} bytes, a safetensors file has at least 8; ${REMEDY}`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES && PICKLES.some((magic) => magic.every((byte, index) => prefix[index] === byte)))
    throw new CheckpointError(
      file,
      "is a PyTorch pickle, not safetensors; convert it with safetensors.torch.save_file",
    );
  if (length > MAX_HEADER_BYTES)
    throw new CheckpointError(
      file,
      `claims a header of ${length} bytes, the format allows ${MAX_HEADER_BYTES}; is it a safetensors file?`,
    );
  if (PREFIX_BYTES + Number(length) > fileSize)
    throw new CheckpointError(file, `claims a header of ${length} bytes but has ${fileSize} in all; ${REMEDY}`);
  return Number(length);
}

/**
 * Parses and checks the header of a file whose data section has `dataBytes` bytes.
 * @throws CheckpointError on anything that the format forbids; the first fault found is named
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, file: string): Header {
  const fields = parseJson(bytes, file);
  const { __metadata__: metadata, ...tensors } = fields;
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value, file));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, dataBytes, file);
  return { entries, metadata: parseMetadata(metadata, file) };
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(file, `header is not JSON in UTF-8; ${REMEDY}`, { cause });
  }
  if (!text.startsWith("{") || !isObject(value))
    throw new CheckpointError(file, `header is JSON but does not start with an object; ${REMEDY}`);
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new CheckpointError(file, `header names ${quote(twice)} twice; ${REMEDY}`);
  return value;
}

/** The first key that occurs twice in one object of a valid JSON text: `JSON.parse` drops all but the last. */
function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  let previous = "";
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}:]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token === ":") {
      const key = JSON.parse(previous) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    } else previous = token;
  }
  return undefined;
}

function parseEntry(name: string, value: unknown, file: string): Entry {
  const fail = (reason: string): never => {
    throw new CheckpointError(file, `tensor ${quote(name)}: ${reason}`);
  };
  if (!isObject(value)) return fail(`expected an object with dtype, shape and data_offsets; ${REMEDY}`);
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) return fail(`has an unknown field ${quote(unknown)}; ${REMEDY}`);
  if (!isDtype(dtype))
    return fail(`dtype ${shown(dtype)} is not read (${Object.keys(DTYPES).join(", ")} are); convert it to F32`);
  if (!isCounts(shape)) return fail(`shape ${shown(shape)} is not a list of whole numbers; ${REMEDY}`);
  if (!isCounts(offsets) || offsets.length !== 2)
    return fail(`data_offsets ${shown(offsets)} are not two whole numbers; ${REMEDY}`);
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, size) => product * size, DTYPES[dtype].bytes);
  if (!Number.isSafeInteger(expected) || end - begin !== expected)
    return fail(`${dtype} [${shape.join()}] takes ${expected} bytes, data_offsets give ${end - begin}; ${REMEDY}`);
  return { name, dtype, shape, begin, end };
}

function checkLayout(entries: Entry[], dataBytes: number, file: string): void {
  const beyond = entries.find((entry) => entry.end > dataBytes);
  if (beyond)
    throw new CheckpointError(
      file,
      `tensor ${quote(beyond.name)} ends at byte ${beyond.end} of the data, the file holds ${dataBytes}; the file is cut short: copy it again`,
    );
  let end = 0;
  let before = "";
  for (const entry of entries) {
    if (entry.begin < end)
      throw new CheckpointError(file, `tensors ${quote(before)} and ${quote(entry.name)} overlap; ${REMEDY}`);
    if (entry.begin > end)
      throw new CheckpointError(
        file,
        `${entry.begin - end} bytes before tensor ${quote(entry.name)} belong to no tensor; ${REMEDY}`,
      );
    end = entry.end;
    before = entry.name;
  }
  if (end < dataBytes)
    throw new CheckpointError(file, `the last ${dataBytes - end} bytes belong to no tensor; ${REMEDY}`);
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || !Object.values(value).every((item) => typeof item === "string"))
    throw new CheckpointError(file, `__metadata__ must map strings to strings; ${REMEDY}`);
  return value as Record<string, string>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "(absent)").slice(0, 100);
}
