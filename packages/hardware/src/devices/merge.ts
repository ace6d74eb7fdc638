import { vendorOf } from "./vendors.ts";
import type { Sighting } from "./sighting.ts";

/** One device and everything that was seen of it, in the order of the tools. */
export interface Device {
  sightings: Sighting[];
}

export const namesOf = ({ sightings }: Device): string[] => [
  ...new Set(sightings.flatMap(({ name }) => (name === null ? [] : [name]))),
];

export const first = <Key extends keyof Sighting>(
  { sightings }: Device,
  key: Key,
): NonNullable<Sighting[Key]> | null => {
  for (const seen of sightings) {
    const value = seen[key];
    if (value !== null) return value as NonNullable<Sighting[Key]>;
  }
  return null;
};

/** The most telling PCI id: one with AMD's revision, where any tool read it. */
export const pciIdOf = (device: Device): string | null =>
  device.sightings.find(({ pciId }) => pciId?.includes("/"))?.pciId ?? first(device, "pciId");

const withoutRevision = (pciId: string | null): string | null => pciId?.split("/")[0] ?? null;

const vendorOfSighting = ({ name, pciId }: Sighting) => vendorOf(name === null ? [] : [name], pciId);

/** The device that a sighting without an address means, among those that its tool has not named yet. */
const sameDevice = (devices: readonly Device[], seen: Sighting): Device | undefined => {
  const open = devices.filter(({ sightings }) => !sightings.some(({ tool }) => tool === seen.tool));
  const byId = open.find(
    (device) => seen.pciId !== null && withoutRevision(pciIdOf(device)) === withoutRevision(seen.pciId),
  );
  if (byId !== undefined) return byId;
  const byName = open.find((device) => seen.name !== null && namesOf(device).includes(seen.name));
  if (byName !== undefined || seen.pciId !== null) return byName;
  const vendor = vendorOfSighting(seen);
  const ofVendor = open.filter(({ sightings }) => sightings.some((other) => vendorOfSighting(other) === vendor));
  return vendor !== "other" && ofVendor.length === 1 ? ofVendor[0] : undefined;
};

/** Puts together what several tools saw of one device: by PCI address, else PCI id, else name, else the vendor's only one. */
export const mergeSightings = (sightings: readonly Sighting[]): Device[] => {
  const devices: Device[] = [];
  for (const seen of sightings) {
    const found =
      seen.pciBus === null
        ? sameDevice(devices, seen)
        : devices.find((device) => first(device, "pciBus") === seen.pciBus);
    if (found === undefined) devices.push({ sightings: [seen] });
    else found.sightings.push(seen);
  }
  return devices;
};
