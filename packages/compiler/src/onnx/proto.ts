import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

/** ONNX's own message types, read from the specification's `onnx.proto` (Apache-2.0, ONNX 1.23). */
const root = protobuf.loadSync(fileURLToPath(new URL("onnx.proto", import.meta.url)));

export const ModelProto = root.lookupType("onnx.ModelProto");

/** `TensorProto.DataType` numbers. */
export const dataTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11, uint32: 12 } as const;

/** `AttributeProto.AttributeType` numbers. */
export const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;
