import { expect, test } from "vitest";
import { planPeers } from "./epochmark.ts";

const planned = async (...words: Parameters<typeof planPeers>): Promise<string[]> =>
  (await planPeers(...words)).map(({ model, phase }) => `${model} ${phase}`);

test("every model that has a peer is compared in all its phases, the online one too", async () => {
  const all = await planned({ models: [], all: true });
  for (const each of ["vit/deepvit-l-384 train", "refocus/deeplens infer", "trtr/trtr online"])
    expect(all).toContain(each);
  expect(all).toContain("trtr/trtr-first-frame online");
  expect(new Set(all).size).toBe(all.length);
});

test("without words one model of each family; a phase alone where it is named", async () => {
  const usual = await planned({ models: [], all: false });
  expect(usual).toContain("trtr/trtr online");
  expect(usual.filter((each) => each.endsWith(" train"))).toHaveLength(4);
  expect(await planned({ models: ["trtr-first-frame"], all: false })).toEqual(["trtr/trtr-first-frame online"]);
  expect(await planned({ models: ["vit"], all: false, phases: ["infer"] })).toHaveLength(1);
  await expect(planned({ models: ["vit"], all: false, phases: ["online"] })).rejects.toThrow('has no phase "online"');
});
