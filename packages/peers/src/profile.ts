import type { LaunchResult } from "./side.ts";

/** What a step's time goes into, as both sides' operations can be sorted; the first pattern that fits holds. */
const kinds = {
  convolutions: /conv/i,
  "matrix products": /^(Fused)?(MatMul|Gemm)|mm(_|$)|bmm|matmul|linear|attention/,
  "norms, sums and pools": /^Reduce|Normalization|Softmax|Pool|ArgM|norm|sum|mean|softmax|pool|var/,
  "copies and layout":
    /^(Transpose|Concat|Slice|Pad|Gather|Scatter|Expand|Tile|Reshape|Resize|Split|Cast|Identity|Reorder|Squeeze|Unsqueeze)|copy|cat|pad|clone|contiguous|upsample|index|gather|scatter|fill|zero_|empty|resize|narrow|view|permute|transpose|flip/,
} as const;
const rest = "arithmetic by element";
const kindNames = [...(Object.keys(kinds) as (keyof typeof kinds)[]), rest] as const;

/** Share of a step's time by kind of operation, 0 to 1; null where a side told no times. */
export type Shares = Record<(typeof kindNames)[number], number> | null;

/** The shares over all launches of one side. */
export function sharesOf(launches: readonly Pick<LaunchResult, "operatorMs">[]): Shares {
  const sums = Object.fromEntries(kindNames.map((kind) => [kind, 0])) as NonNullable<Shares>;
  let all = 0;
  for (const { operatorMs } of launches)
    for (const [operation, ms] of Object.entries(operatorMs)) {
      // PyTorch's own frames, such as the optimizer's, are no operations; what they call is.
      if (/^(Optimizer|ProfilerStep|autograd::|torch::|.*Backward)/.test(operation)) continue;
      const kind = kindNames.find((each) => each !== rest && kinds[each].test(operation.replace(/^aten::/, "")));
      sums[kind ?? rest] += ms;
      all += ms;
    }
  if (all === 0) return null;
  for (const kind of kindNames) sums[kind] /= all;
  return sums;
}

/** `convolutions 61 %, copies and layout 22 %, …`, the largest first, nothing below 1 %. */
export function describeShares(shares: Shares): string {
  if (!shares) return "not told";
  const shown = kindNames.filter((kind) => shares[kind] >= 0.01).toSorted((a, b) => shares[b] - shares[a]);
  return shown.map((kind) => `${kind} ${Math.round(100 * shares[kind])} %`).join(", ");
}
