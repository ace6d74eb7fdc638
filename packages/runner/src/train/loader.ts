import { Worker } from "node:worker_threads";
import type { Arrays } from "@epochmark/plugin-kit";
import { Order } from "./order.ts";
import type { BatchAnswer, BatchJob, LoaderSetup, Skipped } from "./protocol.ts";

export interface LoaderOptions extends LoaderSetup {
  batch: number;
  /** Samples of the data set; null: batches from the shipped photographs. */
  samples: readonly unknown[] | null;
  workers: number;
  /** First step that a batch is asked for, and the last. */
  first: number;
  last: number;
  recipeStepOf: (step: number) => number;
  onSkipped: (skipped: Skipped) => void;
}

/** Batches that each thread makes ahead. */
const ahead = 2;

interface Waiting {
  resolve: (inputs: Arrays) => void;
  reject: (error: Error) => void;
}

/** Makes batches on threads of its own, a few ahead of the step that takes them. */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #order: Order | null;
  readonly #threads: Worker[];
  readonly #answers = new Map<number, Promise<Arrays>>();
  readonly #waiting = new Map<number, Waiting>();
  #asked: number;
  #made = 0;
  #makingMs = 0;

  constructor(options: LoaderOptions) {
    const { module, model, size, build, seed, samples, workers, first } = options;
    this.#options = options;
    this.#order = samples && new Order(samples.length, seed);
    this.#asked = first;
    const workerData: LoaderSetup = { module, model, size, build, seed };
    this.#threads = Array.from({ length: workers }, () => {
      const thread = new Worker(new URL("loader-thread.ts", import.meta.url), { workerData, execArgv: [] });
      thread.on("message", (answer: BatchAnswer) => this.#take(answer));
      thread.on("error", (error: Error) => this.#fail(error));
      return thread;
    });
  }

  /** Images a second that all threads together make; null before the first batch. */
  get imagesPerSecond(): number | null {
    const { batch, workers } = this.#options;
    return this.#made === 0 ? null : (workers * batch * this.#made * 1000) / this.#makingMs;
  }

  /** The batch of a step; steps are asked for one after another. @throws when it cannot be made */
  async next(step: number): Promise<Arrays> {
    while (this.#asked <= Math.min(this.#options.last, step + ahead * this.#threads.length)) this.#ask(this.#asked++);
    const answer = this.#answers.get(step);
    if (!answer) throw new Error(`no batch was asked for step ${step}`);
    this.#answers.delete(step);
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #ask(step: number): void {
    const { batch, samples, recipeStepOf } = this.#options;
    const places = this.#order?.places(step, batch).map((indices) => indices.map((index) => samples![index])) ?? null;
    const job: BatchJob = { step, recipeStep: recipeStepOf(step), batch, places };
    const answer = new Promise<Arrays>((resolve, reject) => this.#waiting.set(step, { resolve, reject }));
    // Awaited later, perhaps never.
    answer.catch(() => {});
    this.#answers.set(step, answer);
    this.#threads[step % this.#threads.length]!.postMessage(job);
  }

  #take(answer: BatchAnswer): void {
    const waiting = this.#waiting.get(answer.step)!;
    this.#waiting.delete(answer.step);
    if ("error" in answer) {
      waiting.reject(Object.assign(new Error(answer.error.message), { name: answer.error.name }));
      return;
    }
    this.#made++;
    this.#makingMs += answer.makingMs;
    for (const each of answer.skipped) this.#options.onSkipped(each);
    waiting.resolve(answer.inputs);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
