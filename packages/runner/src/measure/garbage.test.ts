import { expect, test } from "vitest";
import { collectGarbage } from "./garbage.ts";

test("what nobody holds any more is given back", () => {
  const heldMiB = (): number => process.memoryUsage().heapTotal / 2 ** 20;
  let dropped: unknown[] | null = Array.from({ length: 500_000 }, (_, index) => ({ index, next: [index] }));
  const before = heldMiB();
  expect(dropped).toHaveLength(500_000);
  dropped = null;
  collectGarbage();
  expect(heldMiB()).toBeLessThan(before - 20);
});
