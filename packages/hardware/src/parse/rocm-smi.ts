import { hex16, pciAddress, sighting, type Sighting } from "../devices/sighting.ts";
import { knownNumber, knownText } from "../text.ts";

export const rocmSmiArguments: readonly string[] = [
  "--showproductname",
  "--showid",
  "--showbus",
  "--showmeminfo",
  "vram",
  "--showdriverversion",
  "--json",
];

/** Where a version knows no name, it prints the chip's number in its place. */
const name = (value: unknown): string | null => {
  const printed = knownText(value);
  return printed === null || hex16(printed) !== null ? null : printed;
};

/** Devices in the answer to `rocmSmiArguments`, under the keys of any of its versions; warnings may stand before it. */
export const parseRocmSmi = (text: string): Sighting[] => {
  let answer: Record<string, Record<string, unknown>>;
  try {
    answer = JSON.parse(text.slice(Math.max(0, text.indexOf("{")))) as typeof answer;
  } catch {
    return [];
  }
  const driver = knownText(answer["system"]?.["Driver version"], 100);
  return Object.entries(answer).flatMap(([key, card]) => {
    if (!/^card\d+$/.test(key)) return [];
    const device = hex16(card["Device ID"]) ?? hex16(card["GPU ID"]) ?? hex16(card["Card Model"]);
    const revision = hex16(card["Device Rev"])?.slice(2);
    const bytes = knownNumber(card["VRAM Total Memory (B)"]);
    return [
      sighting("rocm-smi", {
        name: name(card["Card Series"]) ?? name(card["Card series"]) ?? name(card["Device Name"]),
        pciBus: pciAddress(card["PCI Bus"]),
        pciId: device === null ? null : `1002:${device}${revision === undefined ? "" : `/${revision}`}`,
        memoryMiB: bytes === null ? null : Math.round(bytes / 1024 ** 2),
        driver,
      }),
    ];
  });
};
