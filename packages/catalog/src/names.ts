/** A name as a tool printed it, taken apart so that it can be compared. */
export interface ParsedName {
  /** Lower-case names without vendor, trademark and memory: several where the tool lists products that share a chip. */
  keys: string[];
  /** Memory sizes in the name, in GB. */
  memoriesGB: number[];
  /** From the PCI ID database, which always says `Mobile` of a laptop part; drivers often do not. */
  bracketed: boolean;
  /** The same name for people: vendor's boilerplate gone, spelling kept. */
  clean: string;
}

const trademarks = /\((?:R|TM|C)\)|[®™©]/gi;
const rendererSuffix = /\/PCIe?\/(?:SSE2|.*)$/i;
const vendorBrackets = /\[(?:AMD\/ATI|AMD|ATI|Intel|NVIDIA)\]/gi;
const pciIdBrackets = /\[[0-9a-f]{4}(?::[0-9a-f]{4})?\]/gi;
const vendorWords =
  /\b(?:nvidia|amd|ati(?! radeon hd)|intel|mesa|advanced micro devices|microsoft|corporation|corp|inc|technologies)\b[.,]*/gi;
/** Mesa and drivers add the chip, the compiler and the kernel in brackets; only Pascal and Maxwell are part of a name. */
const remarks = /\((?!pascal\)|maxwell\))[^()]*\)/gi;
const memory = /\b(\d+) ?gb\b/gi;
const forms = /\bwith max-q design\b|\bmax-q(?: design)?\b|\b(?:laptop gpu|laptop|mobile|notebook)\b/gi;

const squeeze = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/^[\s,]+|[\s,]+$/g, "")
    .trim();

const formOf = (text: string): string => (/max-q/i.test(text) ? "max-q" : "laptop");

/** What stands inside Mesa's Direct3D wrapper on WSL: `D3D12 (NVIDIA GeForce RTX 4070)`. */
const unwrap = (text: string): string => /^\s*D3D12 \((.*)\)\s*$/.exec(text)?.[1] ?? text;

/** The product in `GP107 [GeForce GTX 1050 Ti]`; null where the database knows only the chip, or the text is no such line. */
const bracketedProduct = (text: string): string | null =>
  [...text.matchAll(/\[([^\]]+)\]/g)].at(-1)?.[1]?.trim() ?? null;

/** `radeon rx 6800/6800 xt / 6900 xt` as three full names: what follows a slash lacks the words before the first number. */
const expandList = (text: string): string[] => {
  const [first = "", ...rest] = text.split("/").map(squeeze);
  const words = first.split(" ");
  const numberAt = words.findIndex((word) => /\d/.test(word));
  const family = words.slice(0, Math.max(numberAt, 0)).join(" ");
  const brand = words[0] ?? "";
  return [
    first,
    ...rest.filter(Boolean).map((part) => squeeze(/^\d/.test(part) ? `${family} ${part}` : prefixed(brand, part))),
  ];
};

const prefixed = (brand: string, part: string): string => (part.startsWith(brand) ? part : `${brand} ${part}`);

/** Takes a name apart that `nvidia-smi`, `lspci`, Mesa, Vulkan or an operating system printed. */
export const parseName = (raw: string): ParsedName => {
  const text = unwrap(raw)
    .replace(trademarks, " ")
    .replace(rendererSuffix, "")
    .replace(vendorBrackets, " ")
    .replace(pciIdBrackets, " ");
  const product = bracketedProduct(text);
  const name = squeeze((product ?? text).replace(remarks, " ").replace(/[()]/g, " "));
  const bare = squeeze(name.replace(vendorWords, " "));
  const memoriesGB = [...bare.matchAll(memory)].map((match) => Number(match[1]));
  const formWords = [...new Set([...bare.matchAll(forms)].map((match) => formOf(match[0])))];
  const base = squeeze(
    bare
      .replace(memory, " ")
      .replace(forms, " ")
      .toLowerCase()
      .replace(/[-_]/g, " ")
      .replace(/(?:\s*\/\s*)+$/, "")
      .replace(/\/\s*(?=\/)/g, ""),
  );
  const names = expandList(base);
  const keys = formWords.length === 0 ? names : names.flatMap((key) => formWords.map((form) => `${key} ${form}`));
  return { keys, memoriesGB, bracketed: product !== null, clean: forPeople(name) };
};

const ownBrands =
  /^(?:geforce|quadro|tesla|titan|grid|nvs|rtx|radeon|firepro|firegl|instinct|apple|llvmpipe|swiftshader)\b/i;
const namesItsVendor = /^(?:nvidia|amd|intel|microsoft|qualcomm|arm|broadcom|imagination)\b/i;

/** `NVIDIA Corporation GeForce GTX 1050 Mobile` as `GeForce GTX 1050 Laptop`; a vendor stays where the rest is no brand. */
const forPeople = (name: string): string => {
  const tidy = squeeze(
    name
      .replace(/\b(?:Advanced Micro Devices|ATI Technologies)\b,?/gi, "AMD ")
      .replace(/\b(?:Corporation|Corp|Inc)\b[.,]*/gi, " ")
      .replace(/\bMesa (?=Intel|AMD)/gi, " ")
      .replace(/\bwith Max-Q Design\b/gi, "Max-Q")
      .replace(/\b(?:Laptop GPU|Mobile|Notebook)\b/gi, "Laptop"),
  );
  const withoutVendor = squeeze(tidy.replace(namesItsVendor, " "));
  return ownBrands.test(withoutVendor) ? withoutVendor : tidy;
};

const vendorNames: Readonly<Record<string, string>> = { nvidia: "NVIDIA", amd: "AMD", intel: "Intel", apple: "Apple" };

/** Name for people of a device that the catalogue does not hold; `vendor` is added where the name is no brand of its own. */
export const displayName = (raw: string, vendor?: string): string => {
  const { clean } = parseName(raw);
  const known = vendor === undefined ? undefined : vendorNames[vendor];
  if (known === undefined || ownBrands.test(clean) || namesItsVendor.test(clean)) return clean.slice(0, 200);
  return `${known} ${clean}`.slice(0, 200);
};

/** A name as an id of `[a-z0-9-]`, at most 80 characters; `unknown` where nothing is left. */
export const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 80)
    .replace(/^-+|-+$/g, "") || "unknown";
