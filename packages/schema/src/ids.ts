import { z } from "zod";
import { Name } from "./text.ts";

/** Lower-case words joined by hyphens: safe in a path, a URL and a table. */
export const Id = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected an id of [a-z0-9-]")
  .max(80);

/** `plugin/model`, e.g. `vit/vit-small-patch16-224`. */
export const ModelPath = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/, "expected plugin/model")
  .max(161);

export const Phase = z.enum(["train", "infer", "online"]);
export type Phase = z.infer<typeof Phase>;

export const Size = z.enum(["tiny", "full"]);
export type Size = z.infer<typeof Size>;

export const Precision = z.enum(["fp32", "tf32", "fp16"]);
export type Precision = z.infer<typeof Precision>;

export const Mode = z.enum(["fast", "ranked", "sustained"]);
export type Mode = z.infer<typeof Mode>;

/** How a case ended. Only `ok` in mode `ranked` is ranked; every status is publishable. */
export const Status = z.enum([
  "ok",
  "unstable",
  "throttled",
  "shared",
  "spilled",
  "oom",
  "unsupported",
  "cpu_fallback",
  "timeout",
  "failed",
]);
export type Status = z.infer<typeof Status>;

export const DType = z.enum(["float32", "int32", "bool", "uint32"]);
export type DType = z.infer<typeof DType>;

/** Name, shape and element type of one tensor that enters or leaves a program. */
export const TensorSpec = z.strictObject({
  name: Name(200).min(1),
  shape: z.array(z.int().nonnegative()).max(8),
  dtype: DType,
});
export type TensorSpec = z.infer<typeof TensorSpec>;
