import type { DType } from "@epochmark/schema";
import { sizeOf, type Value } from "../graph/graph.ts";

const widths: Record<DType, number> = { float32: 4, int32: 4, uint32: 4, bool: 1 };

/** Bytes that a tensor takes in memory. */
export const bytesOf = ({ shape, dtype }: Pick<Value, "shape" | "dtype">): number => sizeOf(shape) * widths[dtype];
