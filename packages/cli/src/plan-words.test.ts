import { describe, expect, it } from "vitest";
import { amount, gpuFrom, hoursFrom, memoryFrom, modelFrom, prices, specFrom } from "./plan-words.ts";

describe("words of bench plan", () => {
  it("read times, prices and GPUs by the end of their id", () => {
    expect([hoursFrom("36"), hoursFrom("36h"), hoursFrom("1.5d"), hoursFrom("2W")]).toEqual([36, 36, 36, 336]);
    expect(gpuFrom("RTX 3090").id).toBe("geforce-rtx-3090");
    expect(prices("rtx-3090=0.4,tesla_t4=0.35")).toEqual(
      new Map([
        ["geforce-rtx-3090", 0.4],
        ["tesla-t4", 0.35],
      ]),
    );
    expect(prices(undefined).size).toBe(0);
    const sizes = ["16", "16GB", "1.5g", "700 MiB"].map((word) => memoryFrom("cpu-memory", word));
    expect(sizes).toEqual([16_384, 16_384, 1536, 700]);
    expect(specFrom("mem=12GB,bw=504GB/s,fp32=29TF,tdp=200W")).toMatchObject({
      memoryMiB: 12_288,
      bandwidth: 504e9,
      peaks: { fp32: 29e12, fp16: 29e12 },
      matrix: { fp16: false },
      tdpW: 200,
    });
    expect(specFrom("mem=12,bw=504,fp32=29,fp16=58TF")).toMatchObject({
      peaks: { fp16: 58e12 },
      matrix: { fp16: true },
    });
  });

  it("name the cards that a slip of the finger meant", () => {
    const near = (word: string): string[] => {
      try {
        return [gpuFrom(word).id];
      } catch (error) {
        return /did you mean (.*)\?/.exec((error as Error).message)![1]!.split(", ");
      }
    };
    expect(near("rtx-3091").slice(0, 2)).toEqual(["geforce-rtx-3090", "geforce-rtx-3090-ti"]);
    expect(near("tesla-v10")[0]).toMatch(/^tesla-v100/);
    expect(near("rx-7900-xt")[0]).toBe("radeon-rx-7900-xtx");
  });

  it("name models and reference networks as people write them", () => {
    const paths = [
      "vit/vit-base-patch16-224",
      "vit/deepvit-s",
      "reference/resnet-50",
      "reference/vgg-16",
      "reference/inception-v3",
    ];
    const read = (word: string): string => modelFrom(word, paths, ["vit/deepvit-s"]);
    expect(
      ["resnet50", "ResNet-50", "reference/resnet50", "vgg16", "inception_v3", "vit_base_patch16_224", "vit"].map(read),
    ).toEqual([
      "reference/resnet-50",
      "reference/resnet-50",
      "reference/resnet-50",
      "reference/vgg-16",
      "reference/inception-v3",
      "vit/vit-base-patch16-224",
      "vit/deepvit-s",
    ]);
    expect(() => read("resnet-51")).toThrow(/unknown model "resnet-51": did you mean reference\/resnet-50,/);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "a GPU slightly wrong",
      () => gpuFrom("geforce-rtx-3091"),
      /unknown GPU "geforce-rtx-3091": did you mean geforce-rtx-3090,/,
    ],
    ["a GPU of several forms", () => gpuFrom("a100"), /unknown GPU "a100": which of (?:a100-\S+, ){2,3}a100-\S+\?/],
    ["a deadline without meaning", () => hoursFrom("soon"), /--deadline "soon": say a time such as 36h, 3d or 2w/],
    ["an amount of nothing", () => amount("budget", "0"), /--budget "0": say a number above 0/],
    ["a rent without a price", () => prices("rtx-3090"), /--hourly "rtx-3090": say a GPU and its price/],
    ["a specification that lacks something", () => specFrom("mem=12GB,bw=504GB/s"), /--gpu-spec lacks fp32/],
    ["a specification with an unknown key", () => specFrom("memory=12GB"), /--gpu-spec "memory=12GB": say mem=12GB/],
  ])("refuse %s", (_, read, message) => expect(read).toThrow(message));
});
