import type { Arrays, Program } from "@epochmark/compiler";
import type { DeviceKind, Precision } from "@epochmark/schema";

/** A device as one engine sees it. */
export interface EngineDevice {
  /** `cpu`, `webgpu`, `cuda:0`: what `--device` takes. */
  id: string;
  kind: DeviceKind;
  /** What the engine itself says about the device; null where it says nothing. */
  name: string | null;
  usable: boolean;
  /** Why it cannot be used, and the one command that helps; null when usable. */
  reason: string | null;
  /** The engine names no device: name and kind are what another source says that it will take. */
  inferred?: boolean;
  /** `vendor:device` in hexadecimal, and `0000:01:00.0`, where the way to the device tells them. */
  pciId?: string;
  pciBus?: string;
  driver?: string;
  /** Arithmetics of the device, each with the variables that a process must be started with. Default: fp32, none. */
  precisions?: Partial<Record<Precision, Record<string, string>>>;
  /** Why it lacks the other ones. */
  refusals?: Partial<Record<Precision, string>>;
}

export interface LoadOptions {
  device: string;
  /** Threads of one operator on a CPU device. */
  threads: number;
  /** Whether the first run is profiled, which takes longer, to tell where nodes ran and for how long. Default: it is. */
  profile?: boolean;
  /** Initial values of all state. Handed over: the session may keep frozen ones and write over the others. */
  state: Arrays;
}

/** A loaded program. State stays where the device is, between calls of `run`. */
export interface Session {
  /** One step; resolves when the outputs are on the host, so that the step has really ended. @throws on a missing input, a wrong size or type, or after `dispose` */
  run(inputs: Arrays): Promise<Arrays>;
  /** Copies of the state tensors named (all, when none is). @throws on a name that is no state, or after `dispose` */
  readState(names?: string[]): Promise<Arrays>;
  /** Nodes that the engine ran, by the provider they ran on. Known after a profiled first run; eager engines have no nodes. */
  readonly placement: Record<string, number>;
  /** Operations that ran on the CPU though the device is another, with how many nodes each. Known after a profiled first run. */
  readonly strays: Record<string, number>;
  /** Time of a profiled first run by operation, in ms, known after it. Absent where the engine does not tell. */
  readonly operatorMs?: Record<string, number>;
  /** Time to create the session, in ms. */
  readonly sessionMs: number;
  dispose(): Promise<void>;
}

/** A loaded program of whose steps nothing comes to the host. */
export interface UnreadSession {
  /** One step; resolves when the device has been given the work, which may not be done yet. */
  run(inputs: Arrays): Promise<void>;
  /** Waits until the device has done all of it. */
  drain(): Promise<void>;
  dispose(): Promise<void>;
}

type UnreadLoader = (program: Program, options: LoadOptions) => Promise<UnreadSession>;

export interface Engine {
  id: string;
  version: string;
  /** Compiled engines run the graph; eager ones call the plugin's own function. */
  kind: "compiled" | "eager";
  probe(): Promise<EngineDevice[]>;
  /** @throws UnsupportedError when the device cannot run the program; an error that names the state that does not fit */
  load(program: Program, options: LoadOptions): Promise<Session>;
  /**
   * How a device loads a program so that its outputs stay there, to show what is timed when nothing is read; null where
   * it does not compute by itself while the host goes on, or every call ends with its outputs on the host.
   */
  unreadOn?(device: string): UnreadLoader | null;
}

/** The engine or device cannot do this, and says why in one line. */
export class UnsupportedError extends Error {
  override name = "UnsupportedError";
}
