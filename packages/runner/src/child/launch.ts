import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Ending, endingOf } from "./ending.ts";
import { killTree } from "./kill.ts";
import { type Gate, Message, type Pass, type Request, type Stage } from "./protocol.ts";

interface LaunchControl {
  /** Past this many ms the child is killed and the outcome is `timeout`. */
  budgetMs: number;
  signal?: AbortSignal;
  onMessage?: (message: Message) => void;
  /** The child runs, under this number. */
  onStart?: (pid: number) => void;
  /** The child waits at a gate: it goes on when this resolves, and its budget runs on only then. */
  onGate?: (gate: Gate) => Promise<void>;
}

export interface Outcome {
  /** Everything the child delivered before it ended. */
  messages: Message[];
  /** Why it ended early; null when it did all that it was asked for. */
  ending: Ending | null;
  /** Whether the caller's signal ended it. */
  interrupted: boolean;
}

/** Runs one request to its end: in a child process, or in a test without one. */
export type Launcher = (request: Request, control: LaunchControl) => Promise<Outcome>;

const entry = fileURLToPath(new URL("main.ts", import.meta.url));
const keptStderr = 4096;

/**
 * Forks a child, hands it the request and waits for its end. Whatever happens inside, this resolves: a crash, a
 * hang, memory running out or nonsense from the child become the outcome's `ending`. When it resolves neither
 * the child nor anything that it started is left.
 */
export const launchChild: Launcher = async (request, { budgetMs, signal, onMessage, onStart, onGate }) => {
  if (signal?.aborted) return { messages: [], ending: null, interrupted: true };
  const child = fork(entry, [String(process.pid)], {
    execPath: process.execPath,
    execArgv: [],
    // What libraries read when the process starts cannot be set inside it.
    env: environmentOf(request),
    // A group of its own, so that grandchildren go with it and Ctrl-C reaches only the runner.
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const countdown = new Countdown(budgetMs, () => state.stop("timeout"));
  const pass = async (gate: Gate): Promise<void> => {
    countdown.pause();
    await onGate?.(gate);
    countdown.run();
    child.send({ type: "pass" } satisfies Pass, () => {});
  };
  const state = new Conversation(child, (message) => {
    onMessage?.(message);
    if (message.type === "gate") void pass(message.gate);
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  countdown.run();
  const interrupt = (): void => state.stop("interrupt");
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    // A child that dies before it has read the request closes the channel: its end is reported, not this.
    child.send(request, () => {});
    await state.ended();
    return state.outcome(budgetMs);
  } finally {
    countdown.end();
    signal?.removeEventListener("abort", interrupt);
  }
};

/** A time limit that stands still while it is paused. */
class Countdown {
  #leftMs: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  readonly #over: () => void;

  constructor(ms: number, over: () => void) {
    this.#leftMs = ms;
    this.#over = over;
  }

  run(): void {
    if (this.#ended || this.#timer) return;
    this.#since = performance.now();
    this.#timer = setTimeout(this.#over, this.#leftMs);
  }

  pause(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#since;
  }

  /** Nothing can come of it any more. */
  end(): void {
    this.#ended = true;
    this.pause();
  }
}

/**
 * glibc's own default (bytes), which it keeps to only when told: else freeing one large block makes it hold on to up to 64 MiB
 * of what is freed later (mallopt(3): the threshold becomes dynamic), in some launches and not in others. Other libraries of C do not read it.
 */
const steadyMalloc = { MALLOC_TRIM_THRESHOLD_: String(128 * 1024) };

/** The launches of a run also share the machine code of what they load: half of a child's start is compiling it. */
function environmentOf(request: Request): NodeJS.ProcessEnv {
  if (request.type !== "measure") return process.env;
  const shared = request.programs && { NODE_COMPILE_CACHE: request.programs };
  return { ...steadyMalloc, ...process.env, ...shared, ...request.environment };
}

/** What one child has said so far and how it went. */
class Conversation {
  readonly #child: ChildProcess;
  readonly #messages: Message[] = [];
  readonly #onMessage: ((message: Message) => void) | undefined;
  #stage: Stage = "start";
  #stderr = "";
  #stopped: "timeout" | "interrupt" | "nonsense" | null = null;
  #spawnError: string | null = null;

  constructor(child: ChildProcess, onMessage: ((message: Message) => void) | undefined) {
    this.#child = child;
    this.#onMessage = onMessage;
    child.on("message", (received) => this.#receive(received));
    child.on("error", (error) => {
      this.#spawnError ??= error.message;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
    });
  }

  stop(why: "timeout" | "interrupt" | "nonsense"): void {
    this.#stopped ??= why;
    if (this.#child.pid !== undefined) killTree(this.#child.pid);
  }

  async ended(): Promise<void> {
    const { pid } = this.#child;
    const happens = (event: string): Promise<void> =>
      new Promise((resolve) => {
        this.#child.once(event, () => resolve());
      });
    // Could not be started: Node reports it on the next tick.
    if (pid === undefined) return happens("error");
    const closed = happens("close");
    await happens("exit");
    killTree(pid);
    // Last messages and last words may still be in the pipes; somebody else's hold on a pipe must not hold us up.
    await Promise.race([closed, delay(500, undefined, { ref: false })]);
  }

  outcome(budgetMs: number): Outcome {
    const interrupted = this.#stopped === "interrupt";
    return { messages: this.#messages, interrupted, ending: interrupted ? null : this.#ending(budgetMs) };
  }

  #ending(budgetMs: number): Ending | null {
    // What came whole counts, even if the process then falls over while it is torn down.
    if (this.#messages.at(-1)?.type === "done") return null;
    if (this.#stopped === "timeout")
      return { status: "timeout", reason: `no result within ${Math.round(budgetMs / 1000)} s (during ${this.#stage})` };
    if (this.#stopped === "nonsense")
      return { status: "failed", reason: `the process sent a message that the runner does not know (${this.#stage})` };
    if (this.#spawnError !== null)
      return { status: "failed", reason: `the process could not be started: ${this.#spawnError}` };
    const error = this.#messages.findLast((message) => message.type === "error") ?? null;
    const { exitCode: code, signalCode: signal } = this.#child;
    return endingOf({ code, signal, stage: this.#stage, stderr: this.#stderr, error });
  }

  #receive(received: unknown): void {
    if (this.#stopped) return;
    const parsed = Message.safeParse(received);
    if (!parsed.success) return this.stop("nonsense");
    this.#messages.push(parsed.data);
    if (parsed.data.type === "stage") this.#stage = parsed.data.stage;
    this.#onMessage?.(parsed.data);
    // Nothing more will come: an accelerator's own tear-down can only hang or crash.
    if (parsed.data.type === "done" && this.#child.pid !== undefined) killTree(this.#child.pid);
  }
}
