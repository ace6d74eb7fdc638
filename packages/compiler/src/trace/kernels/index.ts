import type { KernelRules } from "../recorder.ts";
import { convolution } from "./convolution.ts";
import { create } from "./create.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { matrix } from "./matrix.ts";
import { normalization } from "./normalization.ts";
import { pooling } from "./pooling.ts";
import { random } from "./random.ts";
import { reduction } from "./reduction.ts";
import { shape } from "./shape.ts";

/** Every tfjs kernel that can be compiled, by family. */
export const kernelRules: KernelRules = {
  ...convolution,
  ...create,
  ...elementwise,
  ...indexing,
  ...matrix,
  ...normalization,
  ...pooling,
  ...random,
  ...reduction,
  ...shape,
};
