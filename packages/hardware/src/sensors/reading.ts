/** What a sensor saw at one moment; what it did not tell is not there. */
export interface Reading {
  /** On the monotonic clock of the watching process (ms). */
  atMs: number;
  /** Device memory of the watched processes, and of all together (MiB). */
  processMiB?: number;
  usedMiB?: number;
  powerW?: number;
  /** A counter that only grows (J). */
  energyJ?: number;
  clockMHz?: number;
  defaultClockMHz?: number;
  temperatureC?: number;
  throttleReasons?: readonly string[];
  /** Other processes that compute on the device. */
  others?: number;
  /** How busy the device is (%): all of a GPU; of a CPU what others take from the watched process. */
  busyPercent?: number;
}

/** Who is watched: a process and those that it started, known once it runs. */
export type Pids = () => readonly number[];

/** A source of readings. Starting and stopping return at once, and nothing that happens inside is thrown. */
export interface Sensor {
  /** Tool or counters, as the record names them. */
  method: string;
  /** Whether a busy device means that others use it: measured before the launch (a GPU) or beside it (a CPU). */
  busy: "before" | "beside";
  start(pids: Pids, take: (reading: Reading) => void): Running;
}

export interface Running {
  stop(): void;
  /** Why there are no readings, in one line; null while all is well. */
  fault(): string | null;
}
