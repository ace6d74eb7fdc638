import { pciAddress, sighting, type Sighting } from "../devices/sighting.ts";
import { pciVendorOfName } from "../devices/vendors.ts";
import { knownText } from "../text.ts";

export const lspciArguments: readonly string[] = ["-D", "-nn"];

const display = /^(\S+) (?:VGA compatible|3D|Display) controller(?: \[[0-9a-f]{4}\])?: (.+)$/i;
/** AMD's Instinct cards; other makers' accelerators of this class are no GPUs. */
const accelerator = /^(\S+) Processing accelerators(?: \[[0-9a-f]{4}\])?: (Advanced Micro Devices.+)$/i;

const pciIdOf = (rest: string): string | null => {
  const revision = /\(rev ([0-9a-f]{2})\)/i.exec(rest)?.[1];
  const printed = /\[([0-9a-f]{4}:[0-9a-f]{4})\]/i.exec(rest)?.[1];
  const unnamed = /\bDevice ([0-9a-f]{4})\b/i.exec(rest)?.[1];
  const vendor = pciVendorOfName(rest);
  const id = printed ?? (unnamed !== undefined && vendor !== null ? `${vendor}:${unnamed}` : null);
  return id === null ? null : `${id}${revision === undefined ? "" : `/${revision}`}`.toLowerCase();
};

/** Display devices of `lspci`, with or without `-D`, `-nn` and `-v`. */
export const parseLspci = (text: string): Sighting[] =>
  text.split("\n").flatMap((line) => {
    const match = display.exec(line) ?? accelerator.exec(line);
    const pciBus = pciAddress(match?.[1]);
    const rest = match?.[2];
    if (pciBus === null || rest === undefined) return [];
    const name = knownText(
      rest.replace(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]/gi, "").replace(/ ?\((?:rev [0-9a-f]{2}|prog-if [^)]*)\)/gi, ""),
    );
    return [sighting("lspci", { name, pciBus, pciId: pciIdOf(rest) })];
  });
