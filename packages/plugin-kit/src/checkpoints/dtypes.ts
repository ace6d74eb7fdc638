/** What a tensor of a checkpoint holds once it is read. */
export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

interface Rule {
  /** Bytes of one element in the file. */
  bytes: number;
  /** The element values; `buffer` holds exactly this tensor, little-endian. */
  read: (buffer: ArrayBuffer) => TensorData;
}

/**
 * Element types of safetensors files that are read. Half, bfloat16 and double become float32
 * (double is rounded); the rest keeps its values and its width.
 */
export const DTYPES = {
  F32: { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  F16: { bytes: 2, read: (buffer) => halfToFloat(new Uint16Array(buffer)) },
  BF16: { bytes: 2, read: (buffer) => bfloatToFloat(new Uint16Array(buffer)) },
  F64: { bytes: 8, read: (buffer) => new Float32Array(new Float64Array(buffer)) },
  I64: { bytes: 8, read: (buffer) => new BigInt64Array(buffer) },
  I32: { bytes: 4, read: (buffer) => new Int32Array(buffer) },
  U8: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
  BOOL: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
} satisfies Record<string, Rule>;

export type Dtype = keyof typeof DTYPES;

export function isDtype(name: unknown): name is Dtype {
  return typeof name === "string" && Object.hasOwn(DTYPES, name);
}

/** IEEE 754 binary16; every one of its values is exact in float32. */
function halfToFloat(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  for (const [index, half] of halves.entries()) {
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    const sign = half & 0x8000 ? -1 : 1;
    if (exponent === 31) floats[index] = fraction ? Number.NaN : sign * Infinity;
    else if (exponent === 0) floats[index] = sign * fraction * 2 ** -24;
    else floats[index] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return floats;
}

/** bfloat16 is the upper half of a float32. */
function bfloatToFloat(uppers: Uint16Array): Float32Array {
  const words = new Uint32Array(uppers.length);
  for (let index = 0; index < uppers.length; index++) words[index] = uppers[index]! << 16;
  return new Float32Array(words.buffer);
}
