import type { Board, Entry, Forecast } from "./types.ts";

/** The predicted lines of a task. A board keeps them as columns, because they are many and all alike. */
export const forecastEntries = (board: Board, task: number): Entry[] => {
  const forecast = board.forecasts.find((one) => one.task === task);
  return forecast ? forecast.gpus.map((gpu, i) => entryOf(board, forecast, gpu, i)) : [];
};

const entryOf = (
  board: Board,
  { task, software, samples, rates, spreads, fits }: Forecast,
  gpu: number,
  i: number,
): Entry => {
  const { batch, memory } = board.tasks[task]!;
  const doesFit = fits[i] === "y" || fits[i] === "p";
  const width = Math.exp(spreads[i]!);
  const rate = { median: rates[i]!, low: rates[i]! / width, high: rates[i]! * width };
  const hours = (each: number): number => samples! / each / 3600;
  return {
    kind: "predicted",
    gpu,
    task,
    engine: software,
    version: null,
    device: null,
    status: doesFit ? "ok" : "oom",
    reason: null,
    mode: null,
    rate: doesFit ? rate : null,
    step: doesFit
      ? { median: (1000 * batch) / rate.median, low: (1000 * batch) / rate.high, high: (1000 * batch) / rate.low }
      : null,
    launches: 0,
    ranked: false,
    memory: memory && { MiB: Math.round(memory.median), where: "need" },
    joulesPerImage: null,
    hours:
      samples !== null && doesFit ? { median: hours(rate.median), low: hours(rate.high), high: hours(rate.low) } : null,
    confirmations: 0,
    date: null,
    run: null,
    source: null,
  };
};
