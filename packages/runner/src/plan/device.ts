import type { EngineDevice } from "@epochmark/engines";
import type { DeviceKind, GpuIdentity, Precision } from "@epochmark/schema";
import type { EngineInfo } from "../child/protocol.ts";
import { UsageError } from "../errors.ts";
import { chooseWord } from "./words.ts";

/** Which device a plain run takes: a GPU before the CPU, a software GPU only when it is named. */
const preference: Record<DeviceKind, number> = { discrete: 0, integrated: 1, cpu: 2, software: 3 };

export interface Target {
  engine: EngineInfo;
  device: EngineDevice;
}

interface Asked {
  engine?: string | undefined;
  device?: string | undefined;
  precision?: Precision;
}

/**
 * The engine and device to measure on. What is not named is chosen: the best usable device that has the precision, then
 * a compiled engine before an eager one, then the first in the engines' order.
 *
 * @throws {UsageError} for an unknown word, or a device that cannot be used, with the engine's own reason
 */
export function chooseDevice(engines: readonly EngineInfo[], { engine, device, precision = "fp32" }: Asked): Target {
  const wanted = engine === undefined ? engines : [engineNamed(engines, engine)];
  const all = wanted.flatMap((each) => each.devices.map((own) => ({ engine: each, device: own })));
  const named = device === undefined ? all : targetsNamed(all, device);
  const usable = named.filter((target) => target.device.usable && (device !== undefined || !isSoftware(target)));
  const able = usable.filter((target) => lacks(target.device, precision) === null).toSorted(byMerit);
  if (able[0]) return able[0];
  const unable = usable.toSorted(byMerit)[0];
  if (unable)
    throw new UsageError(`${placeOf(unable)} cannot compute ${precision}: ${lacks(unable.device, precision)}`);
  const reason = named.find((target) => target.device.reason !== null);
  if (!reason) throw new UsageError("no usable device was found");
  throw new UsageError(`device ${placeOf(reason)} cannot be used: ${reason.device.reason}`);
}

/** Every GPU that an engine can use here, each by its best engine; where there is none, what a plain run takes. */
export function everyDevice(
  engines: readonly EngineInfo[],
  asked: Omit<Asked, "device">,
  identity: (device: EngineDevice) => GpuIdentity,
): Target[] {
  const cards = cardsOf(engines, asked, identity);
  return cards.length > 0 ? cards : [chooseDevice(engines, asked)];
}

/**
 * Every GPU that CUDA reaches, each by its best engine, in the driver's order: these can all be measured at the same
 * time. A device of another interface may be the same card again, or one that cannot be chosen.
 *
 * @throws {UsageError} when there are fewer than two
 */
export function replicaDevices(
  engines: readonly EngineInfo[],
  { device, ...asked }: Asked,
  identity: (device: EngineDevice) => GpuIdentity,
): Target[] {
  if (device !== undefined && device !== "all")
    throw new UsageError(`replicas measure all GPUs at the same time, not one: leave out device "${device}"`);
  const cuda = engines.map((engine) => ({ ...engine, devices: engine.devices.filter(({ id }) => isCuda(id)) }));
  const cards = cardsOf(cuda, asked, identity).toSorted((a, b) => cudaIndex(a) - cudaIndex(b));
  if (cards.length >= 2) return cards;
  const { engine, precision = "fp32" } = asked;
  const by = engine === undefined ? "onnxruntime or tfjs-node" : engineNamed(engines, engine).id;
  const found = cards[0] ? `only ${placeOf(cards[0])} is one` : "there is none";
  throw new UsageError(
    `replicas need two or more GPUs that ${by} can use by CUDA for ${precision}, and ${found} here: bench doctor says why`,
  );
}

const isCuda = (id: string): boolean => /^cuda:\d+$/.test(id);
const cudaIndex = ({ device }: Target): number => Number(device.id.split(":")[1]);

/** Every usable GPU that has the precision, once, by its best engine. */
function cardsOf(
  engines: readonly EngineInfo[],
  { engine: named, precision = "fp32" }: Omit<Asked, "device">,
  identity: (device: EngineDevice) => GpuIdentity,
): Target[] {
  const wanted = named === undefined ? engines : [engineNamed(engines, named)];
  const cards = wanted
    .flatMap((engine) => engine.devices.map((device) => ({ engine, device })))
    .filter((target) => target.device.usable && isGpu(target.device) && lacks(target.device, precision) === null)
    .toSorted(byMerit);
  const seen = new Set<string>();
  return cards.filter(({ device }) => {
    const { id, pciBus } = identity(device);
    return seen.size !== seen.add(`${id} ${pciBus}`).size;
  });
}

/** GPUs of the machine that no engine can use, with what every engine says of the devices that might be them. */
export function unusableGpus(
  engines: readonly EngineInfo[],
  gpus: readonly GpuIdentity[],
  identity: (device: EngineDevice) => GpuIdentity,
): { name: string; reason: string }[] {
  const targets = engines.flatMap((engine) => engine.devices.map((device) => ({ engine, device })));
  const used = targets.filter(({ device }) => device.usable && isGpu(device)).map(({ device }) => identity(device));
  const reasons = targets
    .filter(({ device }) => !device.usable)
    .map((target) => `${placeOf(target)}: ${target.device.reason}`);
  const reason = reasons.join("; ") || "no engine has a device for it";
  return gpus
    .filter((gpu) => gpu.kind !== "software" && gpu.kind !== "cpu")
    .filter((gpu) => !used.some(({ id, pciBus }) => (pciBus === null ? id === gpu.id : pciBus === gpu.pciBus)))
    .map(({ name }) => ({ name, reason: reason.slice(0, 500) }));
}

/** Why this device and engine, in one line for the person at the keyboard. */
export function reasonFor(
  { engine, device }: Target,
  asked: Omit<Asked, "precision">,
  unusable: readonly { name: string }[],
  engines: readonly EngineInfo[],
): string {
  if (asked.engine !== undefined || asked.device !== undefined) return "as asked";
  if (device.kind === "cpu" && unusable.length > 0)
    return `no engine can use ${unusable.map(({ name }) => name).join(" or ")} (bench doctor says what helps)`;
  if (device.kind === "cpu") {
    const software = engines.flatMap(({ devices }) => devices).find((each) => each.usable && each.kind === "software");
    return software ? `the only GPU here is software: --device ${software.id} takes it` : "no GPU was found here";
  }
  const kind = device.kind === "discrete" ? "a discrete GPU comes first" : "an integrated GPU comes before the CPU";
  return engine.kind === "compiled"
    ? `${kind}, a compiled engine before an eager one`
    : `${kind}; no compiled engine can`;
}

const byMerit = (a: Target, b: Target): number =>
  preference[a.device.kind] - preference[b.device.kind] || Number(isEager(a.engine)) - Number(isEager(b.engine));

const isEager = ({ kind }: EngineInfo): boolean => kind === "eager";
const isSoftware = ({ device }: Target): boolean => device.kind === "software";
const isGpu = ({ kind }: EngineDevice): boolean => kind === "discrete" || kind === "integrated";
const placeOf = ({ engine, device }: Target): string => `${device.id} of ${engine.id}`;

/** Why a device cannot compute in a precision; null where it can. */
function lacks({ precisions = { fp32: {} }, refusals }: EngineDevice, precision: Precision): string | null {
  if (precisions[precision]) return null;
  const has = Object.keys(precisions).join(", ");
  return refusals?.[precision] ?? `the engine has only ${has} there`;
}

function engineNamed(engines: readonly EngineInfo[], word: string): EngineInfo {
  const id = chooseWord(
    "engine",
    word,
    engines.map((engine) => engine.id),
  );
  return engines.find((engine) => engine.id === id)!;
}

function targetsNamed(all: readonly Target[], word: string): Target[] {
  const ids = [...new Set(all.map(({ device }) => device.id))];
  const id = chooseWord("device", word, ids);
  return all.filter(({ device }) => device.id === id);
}
