import type { Comparison } from "@epochmark/records";
import { digits } from "./results.ts";
import { print, printTable } from "./terminal.ts";

type Ratio = NonNullable<Comparison["mean"]>;

/** How many times faster B is than A, case by case. */
export function showComparison({ pairs, missing, mean }: Comparison): void {
  const right = { align: "right" } as const;
  printTable(
    [
      { title: "model" },
      { title: "phase" },
      { title: "batch", ...right },
      { title: "A img/s", ...right },
      { title: "B img/s", ...right },
      { title: "B / A", ...right },
      { title: "95 % interval" },
      { title: "" },
    ],
    pairs.map(({ a, b, ratio }) => [
      `${a.plugin}/${a.model}`,
      a.phase,
      [...new Set([a.workload.batch, b.workload.batch])].join(" / "),
      digits(a.summary!.imagesPerSecond.median),
      digits(b.summary!.imagesPerSecond.median),
      digits(ratio.median),
      intervalOf(ratio),
      verdictOf(ratio),
    ]),
  );
  print();
  if (mean) print(`geometric mean of ${pairs.length}: ${digits(mean.median)} (${intervalOf(mean)}) ${verdictOf(mean)}`);
  if (missing.length > 0) print(`${missing.length} measured on one side only:`);
  for (const { side, case: found } of missing)
    print(
      `  only ${side.toUpperCase()}: ${found.plugin}/${found.model} ${found.phase} batch ${found.workload.batch} ${found.precision} ${found.engine.id}`,
    );
}

/** Of a ratio: `0.91 to 0.94`. */
export const intervalOf = ({ low, high }: Ratio): string =>
  low === null || high === null ? "no interval" : `${digits(low)} to ${digits(high)}`;

function verdictOf({ median, low, distinguishable }: Ratio): string {
  if (low === null) return "one launch on a side";
  if (!distinguishable) return "not distinguishable";
  return median > 1 ? "B is faster" : "A is faster";
}
