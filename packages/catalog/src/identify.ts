import type { CatalogGpu } from "@epochmark/schema";
import { gpus } from "./gpus.ts";
import { parseName } from "./names.ts";

/** What is known of a device besides its name. */
export interface IdentityHints {
  /** `vendor:device` or `vendor:device/revision`, in hexadecimal. */
  pciId?: string;
  /** Memory of the device in MiB, as its driver reports it. */
  memoryMiB?: number;
  /** Whether the machine is a laptop. */
  laptop?: boolean;
}

export type Identification =
  | { status: "match"; gpu: CatalogGpu }
  /** The name fits these, and nothing known decides between them; or it lists products the catalogue lacks. */
  | { status: "ambiguous"; candidates: CatalogGpu[] }
  | { status: "unknown" };

interface Known {
  gpu: CatalogGpu;
  keys: ReadonlySet<string>;
}

/** Apple's chips are told apart by their core count alone, which is in the id that the system's own report gives them. */
const known: readonly Known[] = gpus
  .filter(({ vendor }) => vendor !== "apple")
  .map((gpu) => ({ gpu, keys: new Set([gpu.name, ...gpu.aliases].flatMap((name) => parseName(name).keys)) }));

/** Drivers report up to 7 % less than the nominal size where ECC takes its share. */
const fitsMemory = (gpu: CatalogGpu, memoryMiB: number): boolean => {
  const share = memoryMiB / (gpu.memoryGB.value * 1024);
  return share > 0.9 && share < 1.03;
};

const isLaptop = (gpu: CatalogGpu): boolean => gpu.formFactor === "laptop";

type PciVerdict = "this" | "other" | "silent";

/** `other` only where the entry lists ids and none is this one: drivers print one name for different chips. */
const pciVerdict = (gpu: CatalogGpu, pciId: string | undefined): PciVerdict => {
  if (pciId === undefined || gpu.pciIds.length === 0) return "silent";
  const [device = "", revision] = pciId.toLowerCase().split("/");
  const sameDevice = gpu.pciIds.filter((id) => id.startsWith(device));
  if (sameDevice.some((id) => id === device || id === `${device}/${revision}`)) return "this";
  return sameDevice.length > 0 && revision === undefined ? "silent" : "other";
};

/** Keeps what a rule allows, unless it allows nothing: a rule that fits no candidate says nothing. */
const narrow = (candidates: CatalogGpu[], rule: (gpu: CatalogGpu) => boolean): CatalogGpu[] => {
  const kept = candidates.filter(rule);
  return kept.length > 0 ? kept : candidates;
};

const conclude = (candidates: CatalogGpu[]): Identification => {
  const [only] = candidates;
  if (only === undefined) return { status: "unknown" };
  return candidates.length === 1 ? { status: "match", gpu: only } : { status: "ambiguous", candidates };
};

/**
 * Finds the catalogue's GPU for a name that a tool printed. A PCI id decides over a name, memory size decides between
 * variants, the chassis is asked last. What stays open is `ambiguous`, never guessed.
 */
export const identify = (rawName: string, hints: IdentityHints = {}): Identification => {
  const { pciId, memoryMiB, laptop } = hints;
  const name = parseName(rawName);
  const named = known.filter(({ keys }) => name.keys.some((key) => keys.has(key)));
  const fits = (gpu: CatalogGpu): boolean => memoryMiB === undefined || fitsMemory(gpu, memoryMiB);

  if (isVirtualGpu(name.keys)) return { status: "unknown" };
  const byPci = gpus.filter((gpu) => pciVerdict(gpu, pciId) === "this");
  if (byPci.length > 0) {
    const sameName = narrow(byPci, (gpu) => named.some((entry) => entry.gpu === gpu));
    return conclude(narrow(sameName, fits));
  }

  const byName = named.map(({ gpu }) => gpu);
  if (byName.length === 0) return { status: "unknown" };
  const possible = byName.filter(
    (gpu) =>
      pciVerdict(gpu, pciId) !== "other" &&
      fits(gpu) &&
      (name.memoriesGB.length === 0 || name.memoriesGB.includes(gpu.memoryGB.value)),
  );
  const listsOthers = name.keys.some((key) => !known.some(({ keys }) => keys.has(key)));
  if (possible.length === 0 || listsOthers) return { status: "ambiguous", candidates: byName };
  const spelled = name.bracketed ? narrow(possible, (gpu) => !isLaptop(gpu) || saysLaptop(name.keys)) : possible;
  return conclude(laptop === undefined ? spelled : narrow(spelled, (gpu) => isLaptop(gpu) === laptop));
};

/** A share of a card that a hypervisor lends, e.g. `GRID V100-8Q`: it has the PCI id of the card but not its speed. */
const isVirtualGpu = (keys: string[]): boolean =>
  keys.some((key) => key.startsWith("grid ") || / \d+[abcq]$/.test(key));

const saysLaptop = (keys: string[]): boolean => keys.some((key) => / (?:laptop|max-q)$/.test(key));
