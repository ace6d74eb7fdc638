import koffi from "koffi";
import { driverLibrary } from "./cuda.ts";
import type { Data } from "./model.ts";

/** Arrays from this size on are held in place for the card, in bytes: below it the call costs more than it wins. */
const worthHolding = 1 << 20;

/**
 * A card's memory through NVIDIA's driver, for what onnxruntime's C interface has no call for: filling a tensor that
 * lies there, and reading it.
 */
export class CudaMemory {
  readonly #driver = functions();
  readonly #card: number;
  readonly #context: bigint;
  readonly #seen = new WeakSet<Data>();
  readonly #held = new Set<Data>();

  /** @param card CUDA's own number of it in this process */
  constructor(card: number) {
    this.#card = card;
    this.#check(this.#driver.init(0));
    // The one that onnxruntime works in.
    const out = new BigUint64Array(1);
    this.#check(this.#driver.retainContext(out, card));
    this.#context = out[0] as bigint;
  }

  /** Copies an array to the card; it is there when `settle` has returned. */
  fill(address: bigint, data: Data): void {
    this.#enter();
    this.#hold(data);
    this.#check(this.#driver.toDevice(address, data, data.byteLength));
  }

  read(address: bigint, into: Data): void {
    this.#enter();
    this.#check(this.#driver.toHost(into, address, into.byteLength));
  }

  /** Waits for the copies: onnxruntime's own stream waits for no other. */
  settle(): void {
    this.#enter();
    this.#check(this.#driver.settle(null));
  }

  release(): void {
    this.#enter();
    for (const data of this.#held) this.#driver.letGo(data);
    this.#held.clear();
    this.#driver.releaseContext(this.#card);
  }

  /** Arrays that come again are held in place: the card then fetches them itself, several times as fast. */
  #hold(data: Data): void {
    if (data.byteLength < worthHolding || this.#held.has(data)) return;
    // Refused where a neighbour on the same page is held: it is copied all the same.
    if (this.#seen.has(data) && this.#driver.hold(data, data.byteLength, 0) === 0) this.#held.add(data);
    this.#seen.add(data);
  }

  #enter(): void {
    this.#check(this.#driver.setContext(this.#context));
  }

  /** @throws the driver's own message */
  #check(result: number): void {
    if (result === 0) return;
    const out: [string | null] = [null];
    this.#driver.message(result, out);
    throw new Error(`CUDA: ${out[0] ?? `error ${result}`}`);
  }
}

interface Driver {
  init: (flags: number) => number;
  message: (result: number, out: [string | null]) => number;
  retainContext: (out: BigUint64Array, card: number) => number;
  releaseContext: (card: number) => number;
  setContext: (context: bigint) => number;
  toDevice: (address: bigint, from: Data, bytes: number) => number;
  toHost: (into: Data, address: bigint, bytes: number) => number;
  settle: (stream: null) => number;
  hold: (data: Data, bytes: number, flags: number) => number;
  letGo: (data: Data) => number;
}

let loaded: Driver | undefined;

function functions(): Driver {
  if (loaded) return loaded;
  const library = koffi.load(driverLibrary);
  loaded = {
    init: library.func("int cuInit(uint32_t)"),
    message: library.func("int cuGetErrorString(int, _Out_ const char **)"),
    retainContext: library.func("int cuDevicePrimaryCtxRetain(void *, int)"),
    releaseContext: library.func("int cuDevicePrimaryCtxRelease_v2(int)"),
    setContext: library.func("int cuCtxSetCurrent(void *)"),
    toDevice: library.func("int cuMemcpyHtoD_v2(uint64_t, const void *, size_t)"),
    toHost: library.func("int cuMemcpyDtoH_v2(void *, uint64_t, size_t)"),
    settle: library.func("int cuStreamSynchronize(void *)"),
    hold: library.func("int cuMemHostRegister_v2(void *, size_t, uint32_t)"),
    letGo: library.func("int cuMemHostUnregister(void *)"),
  } as unknown as Driver;
  return loaded;
}
