import type { Precision } from "@epochmark/schema";

/**
 * Largest relative L2 error of an output with which the check beside a measured case passes: half precision keeps
 * 11 bits of a number, TF32 as many of a factor.
 */
export const checkTolerances: Record<Precision, number> = { fp32: 1e-4, tf32: 2e-2, fp16: 2e-2 };
