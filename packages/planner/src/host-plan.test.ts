import { describe, expect, test } from "vitest";
import { hostMemoryMiB, planHost, PlannerError } from "./index.ts";
import { costProfiles } from "@epochmark/catalog/costs";

describe("memory of a CPU's step", () => {
  const request = { model: "vit/vit-tiny-patch16-224", phase: "infer", batch: 16, limitMiB: 700 } as const;
  const plan = (changes: object) => planHost({ ...request, ...changes });

  test("has its median inside, and its largest batch is the last that stays in the limit", () => {
    const { memoryMiB, largestBatch, fits } = plan({});
    expect(memoryMiB.low).toBeLessThan(memoryMiB.median);
    expect(memoryMiB.median).toBeLessThan(memoryMiB.high);
    const profile = costProfiles.find(({ model, phase }) => model === request.model && phase === request.phase)!;
    expect(hostMemoryMiB(profile, largestBatch.median)).toBeLessThanOrEqual(700);
    expect(hostMemoryMiB(profile, largestBatch.median + 1)).toBeGreaterThan(700);
    expect(fits).toBe("yes");
  });
  test("says what fits with a smaller batch, and what does not", () => {
    expect(plan({ batch: 4096 }).fits).toBe("smaller-batch");
    expect(plan({ limitMiB: 100 })).toMatchObject({ fits: "no", largestBatch: { low: 0, median: 0, high: 0 } });
  });
  test("is wider for a network that nobody measured", () => {
    const width = (model: string): number => {
      const { low, high } = plan({ model, batch: 4 }).memoryMiB;
      return high / low;
    };
    expect(width("reference/resnet-50")).toBeGreaterThan(width(request.model));
    expect(plan({ model: "reference/resnet-50" }).basis).toContain("other models");
  });
  test("a phase that a model lacks is named", () => {
    expect(() => plan({ phase: "online" })).toThrow(PlannerError);
  });
});
