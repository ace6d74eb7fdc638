import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CheckpointError,
  decodeSafetensors,
  encodeSafetensors,
  loadParameters,
  readSafetensors,
  writeSafetensors,
} from "./index.ts";

const FROM_PYTHON = fileURLToPath(new URL("fixtures/python.safetensors", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoints-"));
});
afterAll(() => rm(folder, { recursive: true }));

const WEIGHTS = {
  "head.weight": { shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, Number.NaN, -0]) },
  empty: { shape: [0, 7], data: new Float32Array(0) },
  scalar: { shape: [], data: new Int32Array([-7]) },
  'ünïcode "quoted"': { shape: [1], data: new Float32Array([0.1]) },
};

describe("what is written is read back", () => {
  test("in memory, at any byte alignment", () => {
    const bytes = encodeSafetensors(WEIGHTS, { format: "pt" });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const { tensors, metadata } = decodeSafetensors(shifted.subarray(1));
    expect(metadata).toEqual({ format: "pt" });
    expect(Object.keys(tensors)).toEqual(Object.keys(WEIGHTS));
    for (const [name, { shape, data }] of Object.entries(WEIGHTS)) expect(tensors[name]).toMatchObject({ shape, data });
    expect([tensors["head.weight"]!.dtype, tensors["scalar"]!.dtype]).toEqual(["F32", "I32"]);
  });

  test("through a file, which holds the same bytes and leaves no temporary one", async () => {
    const path = join(folder, "round.safetensors");
    await writeFile(path, "the old content");
    await writeSafetensors(path, WEIGHTS);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(encodeSafetensors(WEIGHTS)));
    expect(await readSafetensors(path)).toEqual(decodeSafetensors(encodeSafetensors(WEIGHTS)));
    expect((await readdir(folder)).filter((name) => name.startsWith("round"))).toEqual(["round.safetensors"]);
  });

  test("a part of a larger buffer is written as that part only", () => {
    const data = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
    expect(decodeSafetensors(encodeSafetensors({ a: { shape: [2], data } })).tensors["a"]!.data).toEqual(
      new Float32Array([2, 3]),
    );
  });

  test("tensor bytes start at a multiple of eight", () => {
    for (const name of ["a", "ab", "abc", "abcd", "abcdefgh"]) {
      const bytes = encodeSafetensors({ [name]: { shape: [1], data: new Float32Array(1) } });
      expect((bytes.length - 4) % 8).toBe(0);
    }
  });

  test("a tensor called __proto__ is only a tensor", () => {
    const tensors = Object.fromEntries([["__proto__", { shape: [1], data: new Float32Array([5]) }]]);
    const read = decodeSafetensors(encodeSafetensors(tensors)).tensors;
    expect(Object.keys(read)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  test("an empty checkpoint", () => {
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });
});

describe("what cannot be written", () => {
  test("a shape that does not hold the data", () => {
    expect(() => encodeSafetensors({ w: { shape: [2, 2], data: new Float32Array(3) } })).toThrow(
      'tensor "w": shape [2,2] does not hold 3 values',
    );
  });

  test("the name of the metadata", () => {
    expect(() => encodeSafetensors({ __metadata__: { shape: [0], data: new Float32Array(0) } })).toThrow(
      CheckpointError,
    );
  });

  test("a folder that is not there: the error names the file and nothing is left behind", async () => {
    const path = join(folder, "no", "such.safetensors");
    await expect(writeSafetensors(path, WEIGHTS)).rejects.toThrow(`${path}: cannot be written (ENOENT`);
  });
});

test("the official Python writer's file: every element type", async () => {
  const { tensors, metadata } = await readSafetensors(FROM_PYTHON);
  expect(metadata).toEqual({ format: "np" });
  expect(tensors).toEqual({
    weight: { dtype: "F32", shape: [2, 3], data: new Float32Array([0, 0.25, 0.5, 0.75, 1, 1.25]) },
    half: {
      dtype: "F16",
      shape: [7],
      data: new Float32Array([1.5, -0, 65504, 2 ** -24, Infinity, -0.333_007_812_5, Number.NaN]),
    },
    brain: { dtype: "BF16", shape: [3], data: new Float32Array([1, -3.140625, Infinity]) },
    double: { dtype: "F64", shape: [1, 2], data: new Float32Array([0.1, -2.5]) },
    count: { dtype: "I64", shape: [], data: new BigInt64Array([2n ** 53n + 1n]) },
    index: { dtype: "I32", shape: [2, 1], data: new Int32Array([-1, 2 ** 31 - 1]) },
    byte: { dtype: "U8", shape: [3], data: new Uint8Array([0, 127, 255]) },
    flag: { dtype: "BOOL", shape: [2], data: new Uint8Array([1, 0]) },
    empty: { dtype: "F32", shape: [0, 3], data: new Float32Array(0) },
  });
  expect(decodeSafetensors(await readFile(FROM_PYTHON))).toEqual({ tensors, metadata });
});

/** A file from a header as text and a number of data bytes. */
function crafted(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function withLength(length: bigint, rest = 0): Uint8Array {
  const bytes = new Uint8Array(8 + rest);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

const DAMAGED: Record<string, [bytes: Uint8Array, message: string]> = {
  empty: [new Uint8Array(0), "has 0 bytes"],
  "cut inside the length": [new Uint8Array(5), "has 5 bytes"],
  "header longer than the file": [withLength(100n, 20), "claims a header of 100 bytes but has 28"],
  "header over the cap": [withLength(100_000_001n), "claims a header of 100000001 bytes, the format allows 100000000"],
  "length of 2^64 - 1": [new Uint8Array(16).fill(255), "claims a header of 18446744073709551615 bytes"],
  "PyTorch zip": [new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0]), "PyTorch pickle"],
  "PyTorch pickle": [new Uint8Array([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0]), "PyTorch pickle"],
  "header of no bytes": [crafted(""), "header is not JSON"],
  "header not JSON": [crafted("{'a': 1}"), "header is not JSON"],
  "header not UTF-8": [crafted(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), "header is not JSON"],
  "header a list": [crafted("[]"), "does not start with an object"],
  "header after a space": [crafted(" {}"), "does not start with an object"],
  "tensor named twice": [crafted(`{"w":${entry(0, 4)},"w":${entry(0, 4)}}`, 4), 'names "w" twice'],
  "tensor named twice, once escaped": [crafted(`{"w":${entry(0, 4)},"\\u0077":${entry(0, 4)}}`, 4), 'names "w" twice'],
  "field named twice": [crafted(`{"w":{"dtype":"I32",${entry(0, 4).slice(1)}}`, 4), 'names "dtype" twice'],
  "entry not an object": [crafted('{"w":[0,4]}', 4), 'tensor "w": expected an object'],
  "unknown field": [
    crafted(`{"w":{"stride":1,${entry(0, 4).slice(1)}}`, 4),
    'tensor "w": has an unknown field "stride"',
  ],
  "unread dtype": [crafted(`{"w":${entry(0, 4, [4], "F8_E4M3")}}`, 4), 'tensor "w": dtype "F8_E4M3" is not read'],
  "dtype from Object.prototype": [crafted(`{"w":${entry(0, 4, [4], "toString")}}`, 4), 'dtype "toString" is not read'],
  "no dtype": [crafted('{"w":{"shape":[1],"data_offsets":[0,4]}}', 4), "dtype (absent) is not read"],
  "negative size": [crafted(`{"w":${entry(0, 4, [-1])}}`, 4), 'tensor "w": shape [-1]'],
  "fractional size": [crafted(`{"w":${entry(0, 6)}}`, 6), 'tensor "w": shape [1.5]'],
  "negative offset": [crafted(`{"w":${entry(-4, 0, [1])}}`, 4), 'tensor "w": data_offsets [-4,0]'],
  "three offsets": [
    crafted('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 4),
    "are not two whole numbers",
  ],
  "backward offsets": [crafted(`{"w":${entry(4, 0, [1])}}`, 4), "F32 [1] takes 4 bytes, data_offsets give -4"],
  "shape too small": [crafted(`{"w":${entry(0, 8, [1])}}`, 8), "F32 [1] takes 4 bytes, data_offsets give 8"],
  "shape overflows": [
    crafted(`{"w":${entry(0, 4, [2 ** 40, 2 ** 40])}}`, 4),
    'tensor "w": F32 [1099511627776,1099511627776]',
  ],
  "cut inside a tensor": [
    crafted(`{"w":${entry(0, 8)}}`, 7),
    'tensor "w" ends at byte 8 of the data, the file holds 7',
  ],
  overlap: [crafted(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), 'tensors "a" and "b" overlap'],
  "hole between": [
    crafted(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12),
    '4 bytes before tensor "b" belong to no tensor',
  ],
  "hole in front": [crafted(`{"a":${entry(4, 8)}}`, 8), '4 bytes before tensor "a"'],
  "bytes behind": [crafted(`{"a":${entry(0, 4)}}`, 9), "the last 5 bytes belong to no tensor"],
  "metadata of numbers": [crafted('{"__metadata__":{"epoch":3}}'), "__metadata__ must map strings to strings"],
};

describe.each(Object.entries(DAMAGED))("damaged: %s", (_, [bytes, message]) => {
  test("in memory and as a file: the same single line", async () => {
    const path = join(folder, "damaged.safetensors");
    await writeFile(path, bytes);
    const error = await readSafetensors(path).catch((reason: unknown) => reason as CheckpointError);
    expect(error).toBeInstanceOf(CheckpointError);
    const text = (error as CheckpointError).message;
    expect(text).toContain(`${path}: `);
    expect(text).toContain(message);
    expect(text).not.toContain("\n");
    expect(() => decodeSafetensors(bytes, path)).toThrow(new CheckpointError(path, text.slice(path.length + 2)));
  });
});

test("cut anywhere, a file is refused", async () => {
  const bytes = await readFile(FROM_PYTHON);
  for (let length = 0; length < bytes.length; length++)
    expect(() => decodeSafetensors(bytes.subarray(0, length)), `first ${length} bytes`).toThrow(CheckpointError);
});

test("with any byte of its header changed, a file is read or refused, never anything else", async () => {
  const bytes = await readFile(FROM_PYTHON);
  for (let index = 0; index < 0x240; index++) {
    const changed = new Uint8Array(bytes);
    changed[index] = changed[index]! ^ 0x11;
    try {
      decodeSafetensors(changed);
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
    }
  }
});

describe("files that cannot be read", () => {
  test("absent", async () => {
    await expect(readSafetensors(join(folder, "absent"))).rejects.toThrow(
      /absent: cannot be read \(ENOENT.*check the path/,
    );
  });

  test("a folder", async () => {
    await expect(readSafetensors(folder)).rejects.toThrow(CheckpointError);
  });

  test("cut short on disk", async () => {
    const path = join(folder, "short.safetensors");
    await writeSafetensors(path, { w: { shape: [1000], data: new Float32Array(1000) } });
    await truncate(path, 3000);
    await expect(readSafetensors(path)).rejects.toThrow("the file is cut short: copy it again");
  });
});

describe("a checkpoint of another model", () => {
  const expected = [
    { name: "head.weight", shape: [2, 3] },
    { name: "head.bias", shape: [2] },
  ];

  async function message(tensors: Parameters<typeof writeSafetensors>[1], wanted = expected): Promise<string> {
    const path = join(folder, "other.safetensors");
    await writeSafetensors(path, tensors);
    const error = await loadParameters(path, wanted).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as CheckpointError).message;
  }

  test("missing, unexpected and misshapen tensors are told in one line", async () => {
    const text = await message({
      "head.weight": { shape: [3, 2], data: new Float32Array(6) },
      "neck.bias": { shape: [2], data: new Float32Array(2) },
    });
    expect(text).toContain(
      'does not fit, of 2 tensors expected: 1 missing ("head.bias"); 1 unexpected ("neck.bias"); ' +
        '1 of another shape ("head.weight" is [3,2], expected [2,3])',
    );
  });

  test("long lists and long names are capped, with counts", async () => {
    const wanted = Array.from({ length: 300 }, (_, index) => ({ name: `${"deep.".repeat(100)}${index}`, shape: [1] }));
    const text = await message({}, wanted);
    expect(text).toContain("300 missing");
    expect(text).toContain("… 295 more");
    expect(text.length).toBeLessThan(1000);
  });

  test("the same number of values in another shape is refused", async () => {
    expect(
      await message({
        "head.weight": { shape: [6], data: new Float32Array(6) },
        "head.bias": { shape: [2], data: new Float32Array(2) },
      }),
    ).toContain('"head.weight" is [6], expected [2,3]');
  });

  test("integers where weights belong", async () => {
    expect(
      await message({
        "head.weight": { shape: [2, 3], data: new Int32Array(6) },
        "head.bias": { shape: [2], data: new Float32Array(2) },
      }),
    ).toContain('1 tensors without floats ("head.weight" is I32); convert them to F32');
  });
});

test("parameters load by name, and batch norm's step counter may be in the file", async () => {
  const path = join(folder, "norm.safetensors");
  await writeSafetensors(path, {
    "norm.num_batches_tracked": { shape: [], data: new Int32Array([12]) },
    "norm.weight": { shape: [2], data: new Float32Array([1, 2]) },
  });
  expect(await loadParameters(path, [{ name: "norm.weight", shape: [2] }])).toEqual({
    "norm.weight": new Float32Array([1, 2]),
  });
});

test("a file may lack what the official checkpoint lacks, and hold other networks, where the reader says so", async () => {
  const path = join(folder, "more.safetensors");
  const one = { shape: [1], data: Float32Array.of(1) };
  await writeSafetensors(path, { "net.weight": one, "net.num_batches_tracked": one, "other.weight": one });
  const wanted = ["net.weight", "head.weight"].map((name) => ({ name, shape: [1] }));
  const tolerated = { lacks: /^head\./, others: /^other\./ };
  expect(await loadParameters(path, wanted, tolerated)).toEqual({ "net.weight": Float32Array.of(1) });
  await expect(loadParameters(path, wanted, { lacks: tolerated.lacks })).rejects.toThrow(
    '1 unexpected ("other.weight")',
  );
  await expect(loadParameters(path, wanted, { others: tolerated.others })).rejects.toThrow('1 missing ("head.weight")');
});
