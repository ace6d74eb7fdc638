import { sizeOf, type Value, type ValueType } from "../graph/graph.ts";

const widths: Record<ValueType, number> = { float16: 2, float32: 4, int32: 4, uint32: 4, bool: 1 };

/** Bytes that a tensor takes in memory. */
export const bytesOf = ({ shape, dtype }: Pick<Value, "shape" | "dtype">): number => sizeOf(shape) * widths[dtype];
