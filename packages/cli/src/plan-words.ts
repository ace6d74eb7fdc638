import { gpus as catalogue } from "@epochmark/catalog";
import type { Device } from "@epochmark/planner";
import type { CatalogGpu } from "@epochmark/schema";
import { distance } from "fastest-levenshtein";
import { WordError } from "./words.ts";

/** The one of `choices` that the word is. @throws {WordError} */
export function choice<Word extends string>(name: string, word: string, choices: readonly Word[]): Word {
  const found = choices.find((each) => each === word.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new WordError(`--${name} "${word}": say ${choices.join(" or ")}`);
}

/** A number above zero. @throws {WordError} */
export function amount(name: string, word: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(word.trim()) ? Number(word) : Number.NaN;
  if (value > 0) return value;
  throw new WordError(`--${name} "${word}": say a number above 0`);
}

/** MiB of `700MiB`, `16GB` or `16` (GB; of 1024 each, as systems count memory). @throws {WordError} */
export function memoryFrom(name: string, word: string): number {
  const [, digits, unit = "g"] = /^(\d+(?:\.\d+)?)\s*(?:([mg])i?b?)?$/i.exec(word.trim()) ?? [];
  const mebibytes = Number(digits) * (unit.toLowerCase() === "m" ? 1 : 1024);
  if (mebibytes > 0) return mebibytes;
  throw new WordError(`--${name} "${word}": say an amount of memory such as 16GB or 700MiB`);
}

/** Hours of `36h`, `3d` or `2w`. @throws {WordError} */
export function hoursFrom(word: string): number {
  const [, digits, unit = "h"] = /^(\d+(?:\.\d+)?)\s*([hdw])?$/i.exec(word.trim()) ?? [];
  const hours = Number(digits) * { h: 1, d: 24, w: 168 }[unit.toLowerCase() as "h" | "d" | "w"];
  if (hours > 0) return hours;
  throw new WordError(`--deadline "${word}": say a time such as 36h, 3d or 2w`);
}

/** `rtx-3090`, `geforce_rtx_3090` or `RTX 3090`: the GPU whose id ends so. @throws {WordError} with the nearest ids */
export function gpuFrom(word: string): CatalogGpu {
  const wanted = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");
  const exact = catalogue.find(({ id }) => id === wanted);
  if (exact) return exact;
  const desktop = catalogue.filter(({ formFactor }) => formFactor !== "laptop");
  const ending = desktop.filter(({ id }) => id.endsWith(`-${wanted}`));
  if (ending.length === 1) return ending[0]!;
  const starting = desktop.filter(({ id }) => `-${id}-`.includes(`-${wanted}-`));
  if (starting.length === 1) return starting[0]!;
  const choices = starting.length > 0 ? starting : [...desktop, ...catalogue.filter((gpu) => !desktop.includes(gpu))];
  const near = nearest(choices, ({ id }) => farFrom(wanted, id));
  const which = starting.length > 0 ? "which of" : "did you mean";
  throw new WordError(`unknown GPU "${word}": ${which} ${near.map(({ id }) => id).join(", ")}? Or give --gpu-spec`);
}

/** The four choices that are least far. */
const nearest = <Choice>(choices: readonly Choice[], far: (choice: Choice) => number): Choice[] =>
  choices
    .map((each) => ({ each, distance: far(each) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 4)
    .map(({ each }) => each);

/** How far a word is from the nearest run of an id's parts (`rtx-3090` of `geforce-rtx-3090-ti`); parts left over count little. */
function farFrom(word: string, id: string): number {
  const parts = id.split("-");
  const runs = parts.flatMap((_, start) =>
    parts.slice(start).map((__, length) => ({
      text: parts.slice(start, start + length + 1).join("-"),
      left: parts.length - length - 1,
    })),
  );
  return Math.min(...runs.map(({ text, left }) => distance(word, text) + left / 10));
}

/**
 * The model or reference network that a word names: `vit/vit-base-patch16-224`, `vit` (a family's default), `deepvit-s`,
 * `resnet50`, `vgg16`. Case, dashes and underscores do not matter. @throws {WordError} with the nearest paths
 */
export function modelFrom(word: string, paths: readonly string[], defaults: readonly string[]): string {
  const wanted = bare(word);
  const last = (path: string): string => path.slice(path.indexOf("/") + 1);
  const found =
    paths.find((path) => bare(path) === wanted) ??
    paths.find((path) => bare(last(path)) === wanted) ??
    defaults.find((path) => bare(path.slice(0, path.indexOf("/"))) === wanted);
  if (found !== undefined) return found;
  const far = (path: string): number => Math.min(distance(wanted, bare(path)), distance(wanted, bare(last(path))));
  const near = nearest(paths, far);
  throw new WordError(`unknown model "${word}": did you mean ${near.join(", ")}?`);
}

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9/]+/g, "");

/** Prices of a GPU hour by catalogue id. @throws {WordError} */
export function prices(word: string | undefined): Map<string, number> {
  const entries = (word ?? "").split(",").filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const [gpu = "", price] = entry.split("=");
      if (price === undefined) throw new WordError(`--hourly "${entry}": say a GPU and its price, such as a100=1.8`);
      return [gpuFrom(gpu).id, amount("hourly", price)];
    }),
  );
}

const units: readonly [key: string, pattern: RegExp][] = [
  ["mem", /^(\d+(?:\.\d+)?)(?:gi?b)?$/i],
  ["bw", /^(\d+(?:\.\d+)?)(?:gb\/s)?$/i],
  ["fp32", /^(\d+(?:\.\d+)?)(?:tf(?:lops)?)?$/i],
  ["fp16", /^(\d+(?:\.\d+)?)(?:tf(?:lops)?)?$/i],
  ["tdp", /^(\d+(?:\.\d+)?)w?$/i],
];

/** A device of `mem=12GB,bw=504GB/s,fp32=29TF[,fp16=58TF][,tdp=200W]`; fp16 is the matrix rate. @throws {WordError} */
export function specFrom(word: string): Device {
  const given = new Map(
    word.split(",").map((part) => {
      const [key = "", value = ""] = part.split("=").map((each) => each.trim());
      const pattern = units.find(([name]) => name === key.toLowerCase())?.[1];
      const digits = pattern?.exec(value)?.[1];
      if (digits === undefined || !(Number(digits) > 0))
        throw new WordError(
          `--gpu-spec "${part}": say mem=12GB,bw=504GB/s,fp32=29TF and, if known, fp16=58TF,tdp=200W`,
        );
      return [key.toLowerCase(), Number(digits)] as const;
    }),
  );
  const need = (key: string): number => {
    const value = given.get(key);
    if (value === undefined) throw new WordError(`--gpu-spec lacks ${key}: say mem=12GB,bw=504GB/s,fp32=29TF`);
    return value;
  };
  const fp32 = need("fp32") * 1e12;
  const matrix = given.get("fp16");
  return {
    id: "unlisted",
    name: `GPU of ${word}`,
    architecture: "unlisted",
    vendor: "other",
    memoryMiB: need("mem") * 1024,
    bandwidth: need("bw") * 1e9,
    peaks: { fp32, tf32: fp32, fp16: matrix === undefined ? fp32 : matrix * 1e12 },
    matrix: { fp32: false, tf32: false, fp16: matrix !== undefined },
    link: 16e9,
    tdpW: given.get("tdp") ?? null,
    launchUsd: null,
    year: null,
  };
}
