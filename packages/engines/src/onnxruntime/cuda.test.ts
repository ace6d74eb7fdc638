import { expect, test, vi } from "vitest";
import { cardNumber, cudaDevices, visibleCard } from "./cuda.ts";

const cards = ["0000:01:00.0", "0000:02:00.0"].map((pciBus) => ({ name: "NVIDIA card", pciBus, capability: "8.6" }));

/** The variables that the child of each card is started with. */
const environments = (): NodeJS.ProcessEnv[] =>
  cudaDevices(cards, "/cache/cuda").map(({ precisions }) => ({ ...precisions?.fp32 }));

test("a child sees its own card only, which is then number 0", () => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  expect(environments().map((each) => each["CUDA_VISIBLE_DEVICES"])).toEqual(["0", "1"]);
  const [first, second] = environments();
  expect([cardNumber("cuda:0", first), cardNumber("cuda:1", second)]).toEqual([0, 0]);
  // A process that sees all, as that of `bench eval`, counts them.
  expect(cardNumber("cuda:1", {})).toBe(1);
  vi.unstubAllEnvs();
});

test("where the user shows some cards only, a card is the one of that list", () => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "3, GPU-5ebe9f43");
  expect(environments().map((each) => each["CUDA_VISIBLE_DEVICES"])).toEqual(["3", "GPU-5ebe9f43"]);
  vi.unstubAllEnvs();
  expect(visibleCard(1, "")).toBe("1");
});
