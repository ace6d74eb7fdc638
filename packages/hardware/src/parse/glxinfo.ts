import { hex16, sighting, type Sighting } from "../devices/sighting.ts";
import { knownText } from "../text.ts";

export const glxinfoArguments: readonly string[] = ["-B"];

/** The one device that draws, of `glxinfo -B`. On WSL it is the only tool that names the host's Intel and AMD GPUs. */
export const parseGlxinfo = (text: string): Sighting[] => {
  const extended = (key: string): RegExpExecArray | null =>
    new RegExp(`^\\s+${key}: (.*?)(?: \\(0x([0-9a-f]+)\\))?\\s*$`, "im").exec(text);
  const device = extended("Device");
  const name = knownText(device?.[1]) ?? knownText(/^OpenGL renderer string: (.+)$/im.exec(text)?.[1]);
  if (name === null) return [];
  const [vendorId, deviceId] = [hex16(extended("Vendor")?.[2]), hex16(device?.[2])];
  const pciId = vendorId !== null && deviceId !== null ? `${vendorId}:${deviceId}` : null;
  const unaccelerated = /^\s+Accelerated: no\s*$/im.test(text);
  return [sighting("glxinfo", { name, pciId, kind: unaccelerated ? "software" : null })];
};
