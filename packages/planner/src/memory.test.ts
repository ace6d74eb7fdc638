import { costProfiles } from "@epochmark/catalog/costs";
import { type CostProfile, linearAt } from "@epochmark/schema";
import { expect, test } from "vitest";
import { memoryMiB } from "./memory.ts";

const MiB = 2 ** 20;

/** Bytes of the largest kernel and of the compiled program, by asking every line of the profile. */
const slowly = ({ work, peakLiveBytes, peakHeldBytes }: CostProfile, batch: number) => ({
  working: Math.max(
    ...work.map(({ count, read, written }) => (linearAt(read, batch) + linearAt(written, batch)) / count),
  ),
  live: Math.max(...peakLiveBytes.map((line) => linearAt(line, batch))),
  held: Math.max(...peakHeldBytes.map((line) => linearAt(line, batch))),
});

test.each(costProfiles.map((profile) => [`${profile.model} ${profile.phase}`, profile] as const))(
  "%s takes the memory that all of its kernels ask for, at every batch",
  (_, profile) => {
    for (const batch of [1, 2, 3, 7, 16, 100, 1024, 65_536]) {
      const { working, live, held } = slowly(profile, batch);
      const fixed = profile.stateBytes + 2 * linearAt(profile.inputBytes, batch);
      // From the lower to the upper estimate nothing changes but the context and 2 times the largest kernel.
      const eager = memoryMiB({ ...profile, phase: "infer" }, batch, "fp32", "pytorch");
      expect(eager.high - eager.low).toBeCloseTo(900 + (2 * working) / MiB, 3);
      const compiled = memoryMiB(profile, batch, "fp32", "onnxruntime");
      const after = profile.stateBytes - profile.frozenBytes;
      expect(compiled.low - 400).toBeCloseTo((0.95 * (fixed + after + live)) / MiB, 3);
      expect(compiled.median - 700).toBeCloseTo((1.05 * (fixed + after + held)) / MiB, 3);
      expect(held).toBeGreaterThanOrEqual(live);
    }
  },
);
