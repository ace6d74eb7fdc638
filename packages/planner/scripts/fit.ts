import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { scriptWords } from "@epochmark/script";
import { median, quantile } from "simple-statistics";
import { calibrate, coverageOf, inputsOf, type LeftOut, type Observation, observations } from "../src/fit/index.ts";

const file = new URL("../src/fitted.json", import.meta.url);
const {
  values: { check },
} = scriptWords({
  name: "planner:fit",
  help: `Fits the planner's constants to the catalogue's published figures, writes them, and prints the errors of leaving GPUs out.

  pnpm planner:fit
  pnpm planner:check      the same, but writes nothing, and fails where what is committed differs`,
  options: { check: { type: "boolean" } },
});

const all = observations();
const { parameters, gpus, architectures, workloads, spreads } = calibrate(all);
const size = (rows: readonly LeftOut[], pick: (row: LeftOut) => number) => rows.map((row) => Math.abs(pick(row)));
const percent = (log: number): string => `${(100 * (Math.exp(log) - 1)).toFixed(1)} %`;

const rounded = (values: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(4))]));
const fitted = {
  inputs: createHash("sha256").update(inputsOf(all)).digest("hex"),
  figures: all.length,
  coverage: Number(coverageOf(gpus, architectures).toFixed(3)),
  medianError: Number(median(size(gpus, ({ withSource }) => withSource)).toFixed(3)),
  medianErrorAlone: Number(median(size(gpus, ({ alone }) => alone)).toFixed(3)),
  spreads: rounded({ ...spreads }),
  parameters: rounded(parameters),
};

console.log("GPU                             architecture           figures  median error  mean error (signed)");
for (const [gpu, rows] of Map.groupBy(gpus, ({ observation }) => observation.figure.gpu)) {
  const mean = rows.reduce((sum, { alone }) => sum + alone, 0) / rows.length;
  const cells = [gpu.padEnd(31), rows[0]!.observation.device.architecture.padEnd(22), String(rows.length).padStart(7)];
  console.log(
    ...cells,
    percent(median(size(rows, ({ withSource }) => withSource))).padStart(13),
    ` ${mean < 0 ? "-" : "+"}${percent(Math.abs(mean))}`,
  );
}
const settingOf = ({ setting: { software, precision, phase } }: Observation): string =>
  `${software} ${precision} ${phase}`;
const line = (name: string, rows: readonly LeftOut[], pick: (row: LeftOut) => number): void =>
  console.log(
    `${name}: median ${percent(median(size(rows, pick)))}, 90 % below ${percent(quantile(size(rows, pick), 0.9))}`,
  );
line("leaving one GPU out, source known", gpus, ({ withSource }) => withSource);
line("leaving one GPU out, source unknown", gpus, ({ alone }) => alone);
for (const [setting, rows] of Map.groupBy(gpus, ({ observation }) => settingOf(observation)))
  line(`  of these ${setting} (${rows.length})`, rows, ({ alone }) => alone);
line("leaving one model out, source unknown", workloads, ({ alone }) => alone);
line("leaving one architecture out, source unknown", architectures, ({ alone }) => alone);
console.log(`90 % intervals made from the other GPUs cover ${(100 * fitted.coverage).toFixed(1)} %`);
const committed = await readFile(file, "utf8").catch(() => "");
const text = `${JSON.stringify(fitted, null, 2)}\n`;
if (!check) await writeFile(file, text);
else if (committed !== text) {
  console.error("packages/planner/src/fitted.json is not what this fit gives: run pnpm planner:fit");
  process.exitCode = 1;
}

// Loaded only now: it reads the fit that has just been written.
const { reportedTrainings } = await import("../src/training.ts");
console.log(
  "\nreported training                                   reported  steps alone             the whole  steps alone",
);
for (const { training, steps, whole } of reportedTrainings()) {
  const { id, gpus: cards, gpu, hours } = training;
  const [low, middle, top, most] = [steps.low, steps.median, steps.high, whole.high].map((value) => value.toFixed(1));
  const inside = steps.low <= hours && hours <= steps.high ? "inside" : "miss";
  console.log(
    `${`${id}, ${cards} × ${gpu}`.padEnd(50)} ${String(hours).padStart(6)} h  ${`${middle} h [${low}, ${top}]`.padEnd(23)} ${`up to ${most} h`.padEnd(13)} ${inside}`,
  );
}
