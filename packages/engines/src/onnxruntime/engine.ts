import { createRequire } from "node:module";
import type { Program } from "@epochmark/compiler";
import { checkState } from "../check-inputs.ts";
import { type Engine, type LoadOptions, type Session, UnsupportedError } from "../engine.ts";
import { BoundSession } from "./bound.ts";
import { cardNumber, cudaFolder, readCuda } from "./cuda.ts";
import { DeviceStateSession } from "./device-state.ts";
import { probeDevices } from "./devices.ts";
import { HostStateSession } from "./host-state.ts";
import { UnreadOnDevice } from "./unread.ts";

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };

let probing: ReturnType<Engine["probe"]> | undefined;

/** The compiled graph on ONNX Runtime. */
export const onnxruntime: Engine = {
  id: "onnxruntime",
  version,
  kind: "compiled",
  probe: () => (probing ??= probeDevices(version)),
  load: async (program, options) => {
    const { device } = options;
    const [provider = ""] = device.split(":");
    const open = sessions[provider];
    if (!open || (provider !== "cuda" && provider !== "webgpu" && device !== provider)) throw await noDevice(device);
    if (provider === "cuda" && !reachable(device)) throw await noDevice(device);
    checkState(program, options.state);
    return open(program, options);
  },
  // On CUDA every run waits for the card.
  unreadOn: (device) =>
    device.split(":")[0] === "webgpu" ? (program, options) => UnreadOnDevice.create(program, "webgpu", options) : null,
};

/** How a program is run on each provider: it is a matter of where its state can stay. */
const sessions: Record<string, (program: Program, options: LoadOptions) => Promise<Session>> = {
  cpu: (program, options) => BoundSession.create(program, options),
  webgpu: (program, options) => DeviceStateSession.create(program, "webgpu", options),
  cuda: (program, options) =>
    BoundSession.onCuda(program, { card: cardNumber(options.device), folder: cudaFolder(version) as string }, options),
  dml: (program, options) => HostStateSession.create(program, "dml", options),
  coreml: (program, options) => HostStateSession.create(program, "coreml", options),
};

/** Whether this process sees the card and has what reaches it. */
const reachable = (device: string): boolean =>
  cudaFolder(version) !== null && cardNumber(device) < (readCuda()?.length ?? 0);

async function noDevice(device: string): Promise<UnsupportedError> {
  const usable = (await onnxruntime.probe()).filter((each) => each.usable).map(({ id }) => id);
  return new UnsupportedError(`onnxruntime has no device "${device}" here: use ${usable.join(" or ")}`);
}
