import type { ReplicaCase } from "@epochmark/records";
import type { RunEvent, RunOptions } from "@epochmark/runner";
import { exit } from "./command.ts";
import { intervalOf } from "./compare-table.ts";
import { showHost, shownPath, showPlan } from "./measure.ts";
import { Progress } from "./progress.ts";
import { deviceLine, digits } from "./results.ts";
import { untilInterrupted } from "./signals.ts";
import { colors, note, print, printJson, printTable } from "./terminal.ts";

/**
 * Measures on every GPU at the same time, with progress; prints a table and where the records are. Ctrl-C keeps what was
 * measured. Returns the exit code.
 */
export async function measureReplicas(options: Omit<RunOptions, "onEvent" | "resume">, json: boolean): Promise<number> {
  const { runReplicas } = await import("@epochmark/runner");
  const say = json ? note : print;
  const progress: Progress[] = [];
  const onEvent = (event: RunEvent, replica: number): void => {
    if (event.type === "machine" && replica === 0) showHost(event, say);
    if (event.type === "machine") say(`${colors.dim("device")}   ${deviceLine(event.gpu)}`);
    if (event.type === "plan") {
      showPlan(event, say);
      progress[replica] = new Progress(event.cases[0]!.device.id);
    }
    void progress[replica]?.follow(event);
  };
  return untilInterrupted(async (signal) => {
    const { results, cases } = await runReplicas({ ...options, signal, onEvent });
    if (json) printJson({ runs: results.map(({ run }) => run), cases });
    else {
      if (results.some(({ interrupted }) => interrupted)) print("interrupted: what was measured is kept");
      if (cases.length > 0) showReplicas(cases);
      for (const { path } of results) if (path) print(`${colors.dim("record")}   ${shownPath(path)}`);
    }
    const measured = results.every(({ run }) => run.cases.some(({ summary }) => summary));
    return measured ? exit.ok : exit.failed;
  });
}

/** A row a GPU and case, a row of the sum below; then what is not known or was not as it should be. */
export function showReplicas(cases: readonly ReplicaCase[]): void {
  const right = { align: "right" } as const;
  print();
  printTable(
    [
      { title: "model" },
      { title: "phase" },
      { title: "GPU" },
      { title: "batch", ...right },
      { title: "img/s", ...right },
      { title: "alone", ...right },
      { title: "of alone", ...right },
      { title: "95 % interval" },
      { title: "status" },
    ],
    cases.flatMap(rowsOf),
  );
  print();
  print("img/s is that of all GPUs at work; of alone is img/s over what the GPU's newest record says of it by itself");
  if (cases.some(({ replicas }) => replicas.some(({ alone }) => alone === null)))
    print("alone is not known (-) until there is a record of the same case: the same words with --device all tell");
  for (const { model, phase, replicas } of cases)
    for (const { device, warnings } of replicas)
      for (const warning of warnings) print(`${model} ${phase} on ${device}: ${warning}`);
}

function rowsOf({ model, phase, imagesPerSecond, replicas }: ReplicaCase): string[][] {
  const measured = replicas.filter((replica) => replica.imagesPerSecond !== null);
  const whole = measured.length === replicas.length;
  const rows = replicas.map((replica) => [
    model,
    phase,
    replica.device,
    String(replica.batch),
    digits(replica.imagesPerSecond?.median ?? null),
    digits(replica.alone?.imagesPerSecond ?? null),
    replica.ratio === null ? "-" : percent(replica.ratio.median),
    replica.ratio === null ? "-" : intervalOf(replica.ratio),
    replica.status + (replica.reason === null ? "" : `: ${replica.reason}`),
  ]);
  const alone = measured.map((replica) => replica.alone?.imagesPerSecond ?? null);
  const known = alone.every((rate) => rate !== null);
  const sum = known && alone.length > 0 ? alone.reduce((total, rate) => total + rate, 0) : null;
  const ratio = sum === null || imagesPerSecond === null ? "-" : percent(imagesPerSecond / sum);
  const which = whole ? `all ${replicas.length}` : `${measured.length} of ${replicas.length}`;
  return [...rows, [model, phase, which, "", digits(imagesPerSecond), digits(sum), ratio, "", ""]];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
