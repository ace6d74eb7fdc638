import type { EngineDevice } from "@epochmark/engines";
import type { DeviceKind } from "@epochmark/schema";
import type { EngineInfo } from "../child/protocol.ts";
import { UsageError } from "../errors.ts";
import { chooseWord } from "./words.ts";

/** Which device a plain run takes: a GPU before the CPU, a software GPU only when it is named. */
const preference: Record<DeviceKind, number> = { discrete: 0, integrated: 1, cpu: 2, software: 3 };

export interface Target {
  engine: EngineInfo;
  device: EngineDevice;
}

/**
 * The engine and device to measure on. What is not named is chosen: the best usable device, and of engines that
 * reach it equally well the first in their list, the fastest.
 *
 * @throws {UsageError} for an unknown word, or a device that cannot be used, with the engine's own reason
 */
export function chooseDevice(engines: readonly EngineInfo[], engineWord?: string, deviceWord?: string): Target {
  const wanted = engineWord === undefined ? engines : [engineNamed(engines, engineWord)];
  const all = wanted.flatMap((engine) => engine.devices.map((device) => ({ engine, device })));
  const named = deviceWord === undefined ? all : targetsNamed(all, deviceWord);
  const usable = named.filter(
    ({ device }) => device.usable && (deviceWord !== undefined || device.kind !== "software"),
  );
  const best = usable.toSorted((a, b) => preference[a.device.kind] - preference[b.device.kind])[0];
  if (best) return best;
  const reason = named.find(({ device }) => device.reason !== null);
  if (!reason) throw new UsageError("no usable device was found");
  throw new UsageError(`device ${reason.device.id} of ${reason.engine.id} cannot be used: ${reason.device.reason}`);
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
