import type { RunEvent } from "@epochmark/runner";
import type { SingleBar } from "cli-progress";
import { digits } from "./results.ts";
import { note } from "./terminal.ts";

type Plan = Extract<RunEvent, { type: "plan" }>;

/** Time that a launch takes besides warm-up and window, until one has been seen: start, compile, first step. */
const assumedOverheadMs = 5000;

/** Follows a run on standard error: a bar with the time left on a terminal, a line a launch elsewhere. */
export class Progress {
  #plan: Plan | null = null;
  #bar: SingleBar | null = null;
  #timer: NodeJS.Timeout | null = null;
  #total = 0;
  #done = 0;
  #startedAt = 0;
  /** Of launches that have ended. */
  #launchMs: number[] = [];
  #title = "";
  #rate = "";
  /** Milliseconds a step of the launch that runs, one a sample. */
  #stepMs: number[] = [];
  readonly #label: string | null;

  /** @param label names the one of several runs at the same time; then there are lines and no bar */
  constructor(label: string | null = null) {
    this.#label = label;
  }

  async follow(event: RunEvent): Promise<void> {
    if (event.type === "plan") await this.#begin(event);
    if (event.type === "batch-try") this.#batchTry(event.caseIndex, event.batch);
    if (event.type === "launch-start") this.#launch(event.caseIndex, event.launch);
    if (event.type === "sample") this.#sample(event.caseIndex, event.stepMs);
    if (event.type === "launch-end") this.#launchEnded(event.caseIndex, event.launch, event.ending?.reason ?? null);
  }

  /** Clears the bar away. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#bar?.stop();
    this.#bar = null;
  }

  async #begin(plan: Plan): Promise<void> {
    this.#plan = plan;
    this.#total = plan.cases.length * plan.effort.launches;
    if (!process.stderr.isTTY || this.#label !== null) return;
    const { SingleBar: Bar } = (await import("cli-progress")).default;
    this.#bar = new Bar({
      format: `{bar} {percentage} %  {title}  {rate}  {left}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    });
    this.#bar.start(this.#total * 100, 0, { title: "", rate: "", left: "" });
    this.#timer = setInterval(() => this.#draw(), 250);
    this.#timer.unref();
  }

  #batchTry(caseIndex: number, batch: number): void {
    this.#line(`${this.#titleOf(this.#plan!.cases[caseIndex]!)}: does batch ${batch} fit?`);
  }

  #launch(caseIndex: number, launch: number): void {
    const planned = this.#plan?.cases[caseIndex];
    if (!planned) return;
    this.#startedAt = performance.now();
    this.#title = this.#titleOf(planned);
    this.#rate = "";
    this.#stepMs = [];
    const place = `launch ${launch + 1} of ${this.#plan!.effort.launches}`;
    if (this.#bar) this.#draw();
    else note(`[${this.#done + 1}/${this.#total}] ${this.#title}, ${place}; ${this.#left()}`);
  }

  #titleOf({ found, model, phase }: Plan["cases"][number]): string {
    return `${this.#label === null ? "" : `${this.#label} `}${found.plugin.id}/${model.id} ${phase}`;
  }

  #sample(caseIndex: number, stepMs: number): void {
    this.#stepMs.push(stepMs);
    if (stepMs > 0) this.#rate = this.#imagesPerSecond(caseIndex, stepMs);
  }

  #imagesPerSecond(caseIndex: number, stepMs: number): string {
    const batch = this.#plan?.cases[caseIndex]?.workload.batch ?? 0;
    return `${digits((batch * 1000) / stepMs)} img/s`;
  }

  #launchEnded(caseIndex: number, launch: number, reason: string | null): void {
    this.#done += 1;
    this.#launchMs.push(performance.now() - this.#startedAt);
    const middle = this.#stepMs.toSorted((a, b) => a - b)[this.#stepMs.length >> 1];
    if (middle !== undefined && this.#total > 1)
      this.#line(
        `${this.#title}, launch ${launch + 1}: ${this.#imagesPerSecond(caseIndex, middle)} (${digits(middle)} ms a step)`,
      );
    if (reason === null) return;
    // A case that ended early is launched no more.
    this.#total -= this.#plan!.effort.launches - launch - 1;
    this.#bar?.setTotal(this.#total * 100);
    if (!this.#bar) note(`${this.#title}: ${reason}`);
  }

  /** A line that stays, above the bar where there is one. */
  #line(text: string): void {
    if (this.#bar) process.stderr.write("\r\u001B[K");
    note(text);
  }

  #draw(): void {
    const within = Math.min(0.99, (performance.now() - this.#startedAt) / this.#expectedMs());
    const value = Math.min(this.#total, this.#done + (this.#startedAt > 0 ? within : 0));
    this.#bar?.update(Math.floor(value * 100), { title: this.#title, rate: this.#rate, left: this.#left() });
  }

  #expectedMs(): number {
    const { warmupMs, windowMs } = this.#plan!.effort.budget;
    if (this.#launchMs.length === 0) return warmupMs + windowMs + assumedOverheadMs;
    return this.#launchMs.reduce((sum, ms) => sum + ms, 0) / this.#launchMs.length;
  }

  #left(): string {
    const expected = this.#expectedMs();
    const current = Math.max(0, expected - (performance.now() - this.#startedAt));
    return `about ${duration(current + expected * Math.max(0, this.#total - this.#done - 1))} left`;
  }
}

/** `45 s`, `3 min 20 s`, `7 h 5 min`, `5.1 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${(hours / 24).toFixed(1)} days`;
}
