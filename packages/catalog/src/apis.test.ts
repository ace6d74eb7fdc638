import { expect, test } from "vitest";
import { apisOf } from "./apis.ts";
import { findGpu, gpus } from "./gpus.ts";

const of = (id: string) => apisOf(findGpu(id)!);

test("every GPU has an interface, and CUDA where it is NVIDIA's and nowhere else", () => {
  const odd = gpus.filter((gpu) => {
    const { cuda, rocm, vulkan, metal } = apisOf(gpu);
    return (gpu.vendor === "nvidia") !== (cuda !== null) || !(cuda || rocm || vulkan || metal);
  });
  expect(odd.map(({ id }) => id)).toEqual([]);
});

test("toolkit 12.0 dropped Kepler, 13.0 what is older than Turing", () => {
  expect(of("tesla-k80").cuda).toEqual({ from: "6.5", until: "11.8" });
  expect(of("geforce-gtx-titan-x").cuda?.until).toBe("12.9");
  expect(of("tesla-v100-sxm2-16gb").cuda).toEqual({ from: "9.0", until: "12.9" });
  expect(of("quadro-rtx-4000").cuda).toEqual({ from: "10.0", until: null });
  expect(of("geforce-rtx-5090").cuda).toEqual({ from: "12.8", until: null });
});

test("the article's Radeon has Vulkan and no ROCm, an Apple chip Metal alone", () => {
  expect(of("radeon-540x")).toMatchObject({ cuda: null, rocm: false, vulkan: true, metal: false });
  expect(of("instinct-mi300x")).toMatchObject({ rocm: true, vulkan: false });
  expect(of("apple-m1-8-core")).toMatchObject({ cuda: null, rocm: false, vulkan: false, metal: true });
});

test("a compute capability without a rule is an error, not a guess", () => {
  expect(() => apisOf({ ...findGpu("tesla-k80")!, computeCapability: "99.0" })).toThrow("no CUDA rule");
});
