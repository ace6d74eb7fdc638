import type { GpuIdentity, Phase } from "@epochmark/schema";
import type {
  Device,
  Estimate,
  Evidence,
  HostPlan,
  HostRequest,
  StepPrediction,
  TrainingPlan,
} from "@epochmark/planner";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { between, duration } from "../estimates.ts";
import { colors, note, print, printJson, printTable } from "../terminal.ts";
import { amount, choice, gpuFrom, hoursFrom, memoryFrom, modelFrom, prices, specFrom } from "../plan-words.ts";
import { WordError, wholeNumber } from "../words.ts";

export const plan = benchCommand({
  definition: {
    meta: { name: "plan", description: "Hours, energy, money and memory of a paper on any GPU, with 90 % intervals" },
    args: {
      MODEL: { type: "positional", required: false, description: "plugin/model; all with a recipe by default" },
      gpu: { type: "string", valueHint: "id", description: "GPU of the catalogue; this machine's by default" },
      "gpu-spec": {
        type: "string",
        valueHint: "mem=12GB,bw=504GB/s,fp32=29TF",
        description: "A GPU that is not listed",
      },
      "cpu-memory": {
        type: "string",
        valueHint: "16GB",
        description: "Instead: what steps take of a CPU's memory, and the largest batch in so much",
      },
      phase: { type: "string", valueHint: "train|infer", description: "One step instead of the whole training" },
      batch: { type: "string", valueHint: "n", description: "Samples on one GPU; the recipe's by default" },
      precision: { type: "string", valueHint: "fp32|tf32|fp16", description: "Arithmetic; fp32 by default" },
      software: { type: "string", valueHint: "name", description: "pytorch (default), tensorflow or onnxruntime" },
      gpus: { type: "string", valueHint: "n", description: "GPUs of one machine; 1 by default" },
      deadline: { type: "string", valueHint: "3d", description: "Name the cheapest GPU that makes it (h, d or w)" },
      budget: { type: "string", valueHint: "200eur", description: "Say whether power or rent stays below" },
      "power-price": { type: "string", valueHint: "0.30", description: "Price of a kWh" },
      hourly: { type: "string", valueHint: "a100=1.8", description: "Price of a GPU hour, by GPU, divided by commas" },
      loader: { type: "string", valueHint: "img/s", description: "What the data loader delivers to all GPUs together" },
      json: jsonOption,
      verbose: verboseOption,
    },
    async run({ args }) {
      const planner = await import("@epochmark/planner");
      const { models } = await import("@epochmark/catalog");
      const { costProfiles } = await import("@epochmark/catalog/costs");
      const batch = wholeNumber("batch", args.batch, { from: 1, to: 65_536 });
      const phase =
        args.phase === undefined ? undefined : choice("phase", args.phase, ["train", "infer", "online"] as const);
      const word = args._[0];
      const named = (each: string): string =>
        modelFrom(
          each,
          [...new Set(costProfiles.map(({ model }) => model))],
          models.flatMap(({ id, default: first }) => (first ? [id] : [])),
        );
      if (args["cpu-memory"] !== undefined) {
        const ignored = Object.keys(args).find((each) => gpuWords.has(each) && args[each as "gpu"] !== undefined);
        if (ignored !== undefined)
          throw new WordError(`--${ignored} says nothing of a CPU's memory: leave it or --cpu-memory out`);
        const limitMiB = memoryFrom("cpu-memory", args["cpu-memory"]);
        const only = word === undefined ? undefined : named(word);
        const requests = await hostRequests({ only, phase, batch, limitMiB });
        return showHost(requests.map(planner.planHost), args.json ?? false);
      }
      const device = await deviceFor(args.gpu, args["gpu-spec"]);
      const gpus = wholeNumber("gpus", args.gpus, { from: 1, to: 1024 }) ?? 1;
      const precision = choice("precision", args.precision ?? "fp32", ["fp32", "tf32", "fp16"] as const);
      const software = choice("software", args.software ?? "pytorch", [
        "pytorch",
        "tensorflow",
        "onnxruntime",
      ] as const);
      const evidence = await recorded();
      const shared = { device, gpus, precision, software, evidence, ...(batch === undefined ? {} : { batch }) };
      if (phase !== undefined) {
        if (word === undefined) throw new WordError("MODEL is missing: --phase asks about one model");
        return showStep(await stepOf(named(word), phase, shared), args.json ?? false);
      }
      const chosen = word === undefined ? models.filter(({ recipe }) => recipe) : [planner.modelOf(named(word))];
      const money = {
        ...(args["power-price"] === undefined ? {} : { powerPrice: amount("power-price", args["power-price"]) }),
        ...(args.loader === undefined ? {} : { loaderRate: amount("loader", args.loader) }),
      };
      const rent = prices(args.hourly);
      const plans = chosen.map(({ id }) => {
        const hourly = rent.get(device.id);
        return planner.planTraining({ ...shared, ...money, ...(hourly === undefined ? {} : { hourly }), model: id });
      });
      const deadline = args.deadline === undefined ? null : hoursFrom(args.deadline);
      const cheapest = deadline === null ? null : plans.map(({ step }) => cheapestOf(step.model, deadline));
      const budget = args.budget === undefined ? null : amount("budget", args.budget.replace(/(?<=\d)\s*[a-z]+$/i, ""));
      if (args.json)
        printJson(
          plans.map((each, index) => ({
            ...jsonOf(each),
            cheapest: cheapest?.[index] ?? null,
            ...(budget === null ? {} : { budget: budgetOf(each, budget) }),
          })),
        );
      else show(device, plans, { deadline, budget, cheapest });
      return exit.ok;

      function cheapestOf(model: string, hours: number): Cheapest | null {
        const { device: _, ...same } = shared;
        const found = planner.cheapestFor({
          ...same,
          ...money,
          model,
          deadline: hours,
          ...(rent.size > 0 ? { rents: rent } : {}),
        });
        return (
          found && {
            gpu: found.device.id,
            hours: found.plan.hours,
            money: found.plan.money,
            usd: found.device.launchUsd,
          }
        );
      }

      async function stepOf(model: string, asked: Phase, given: typeof shared): Promise<StepPrediction> {
        const size = given.batch ?? models.find(({ id }) => id === model)?.workloads.paper[asked] ?? 1;
        return planner.predictStep({ ...given, model, phase: asked, batch: size });
      }
    },
  },
  examples: [
    "bench plan                                        every paper on this machine's GPU",
    "bench plan deblur/deblurgan --gpu geforce-rtx-3090",
    "bench plan trtr/trtr --gpu rtx-3090 --gpus 2 --deadline 3d --power-price 0.30",
    "bench plan vit/vit-base-patch16-224 --gpu a100-sxm4-80gb --phase train --precision fp16 --batch 256 --json",
    "bench plan deblur/deblurgan --gpu-spec mem=12GB,bw=504GB/s,fp32=29TF",
    "bench plan vit/vit-tiny-patch16-224 --cpu-memory 2GB",
  ],
});

/** Options that ask about a GPU, or about time and money there. */
const gpuWords = new Set("gpu gpu-spec precision software gpus deadline budget power-price hourly loader".split(" "));

interface HostQuestion {
  /** One model; all that a CPU's workloads name where it is not given. */
  only: string | undefined;
  phase: Phase | undefined;
  /** The small workload's where it is not given. */
  batch: number | undefined;
  limitMiB: number;
}

async function hostRequests({ only, phase, batch, limitMiB }: HostQuestion): Promise<HostRequest[]> {
  const { models } = await import("@epochmark/catalog");
  const { costProfiles } = await import("@epochmark/catalog/costs");
  const requests = costProfiles.flatMap((profile) => {
    const smallest = models.find(({ id }) => id === profile.model)?.workloads.small[profile.phase];
    const wanted = only === undefined ? smallest !== undefined : profile.model === only;
    if (!wanted || (phase !== undefined && profile.phase !== phase)) return [];
    return [{ model: profile.model, phase: profile.phase, batch: batch ?? smallest ?? 1, limitMiB }];
  });
  if (requests.length === 0) throw new WordError(`--phase "${phase}": ${only ?? "no model"} has no such phase`);
  return requests;
}

function showHost(plans: readonly HostPlan[], json: boolean): number {
  if (json) {
    printJson(plans);
    return exit.ok;
  }
  note(`${plans[0]!.limitMiB} MiB of a CPU's memory, fp32, onnxruntime; 90 % intervals`);
  const right = { align: "right" as const };
  printTable(
    [
      { title: "model" },
      { title: "phase" },
      { title: "batch", ...right },
      { title: "memory MiB" },
      { title: "fits" },
      { title: "largest batch" },
      { title: "kind" },
    ],
    plans.map(({ model, phase, batch, memoryMiB, fits, largestBatch, kind }) => [
      model,
      phase,
      String(batch),
      between(memoryMiB),
      fitWords[fits],
      between(largestBatch),
      kind,
    ]),
  );
  for (const basis of new Set(plans.map((each) => each.basis))) print(`${colors.dim("basis")}     ${basis}`);
  return exit.ok;
}

async function deviceFor(word: string | undefined, spec: string | undefined): Promise<Device> {
  const { deviceOf } = await import("@epochmark/planner");
  if (spec !== undefined) return specFrom(spec);
  if (word !== undefined) return deviceOf(gpuFrom(word));
  const { detectDevices } = await import("@epochmark/hardware");
  const { findGpu } = await import("@epochmark/catalog");
  const here: GpuIdentity[] = await detectDevices();
  const found = here.map(({ id }) => findGpu(id)).find((gpu) => gpu !== undefined);
  if (!found)
    throw new WordError(
      "no GPU of the catalogue is in this machine: name one with --gpu or --gpu-spec, or ask about a CPU with --cpu-memory",
    );
  return deviceOf(found);
}

/** What the records beside this code say of any GPU; a record that cannot be read teaches nothing. */
async function recorded(): Promise<Evidence[]> {
  const { evidenceOf } = await import("@epochmark/planner");
  const { findRunFiles, readRunFile } = await import("@epochmark/records/node");
  const { fileURLToPath } = await import("node:url");
  const folder = fileURLToPath(new URL("../../../../results/", import.meta.url));
  const files = await findRunFiles([folder]).catch(() => []);
  const runs = await Promise.all(files.map((file) => readRunFile(file).catch(() => null)));
  return evidenceOf(runs.filter((run) => run !== null));
}

function showStep(step: StepPrediction, json: boolean): number {
  if (json) printJson(step);
  else {
    print(
      `${step.model} ${step.phase} on ${step.gpus} × ${step.gpu}, batch ${step.batch}, ${step.precision}, ${step.software}`,
    );
    print(`${colors.dim("img/s")}   ${between(step.imagesPerSecond)}`);
    print(`${colors.dim("step")}    ${between(step.stepMs)} ms`);
    print(`${colors.dim("memory")}  ${between(step.memoryMiB)} MiB: ${fitWords[step.fits]}`);
    print(`${colors.dim("kind")}    ${step.kind}: ${step.basis}`);
  }
  return exit.ok;
}

const fitWords: Record<StepPrediction["fits"], string> = {
  yes: "fits",
  probably: "probably fits",
  "smaller-batch": "fits with a smaller batch",
  no: "does not fit",
};

function jsonOf({ step, ...rest }: TrainingPlan) {
  return { ...step, ...rest };
}

interface Budget {
  limit: number;
  verdict: "within" | "may exceed" | "exceeds" | null;
  /** What must be known first; null where nothing is missing. */
  needs: string | null;
}

function budgetOf({ money, kWh }: Pick<TrainingPlan, "money" | "kWh">, limit: number): Budget {
  if (money) {
    const verdict = money.high <= limit ? "within" : money.low <= limit ? "may exceed" : "exceeds";
    return { limit, verdict, needs: null };
  }
  const rent = "--hourly GPU=PRICE for rent";
  const needs = kWh
    ? `a budget needs a price: give --power-price (of a kWh) or ${rent}`
    : `a budget needs a price, and this GPU's power is not known: give ${rent}`;
  return { limit, verdict: null, needs };
}

interface Cheapest {
  gpu: string;
  hours: Estimate;
  money: Estimate | null;
  usd: number | null;
}

interface Questions {
  deadline: number | null;
  budget: number | null;
  cheapest: readonly (Cheapest | null)[] | null;
}

function show(device: Device, plans: readonly TrainingPlan[], { deadline, budget, cheapest }: Questions): void {
  const [first] = plans;
  if (first)
    note(`${first.step.gpus} × ${device.name}, ${first.step.precision}, ${first.step.software}; 90 % intervals`);
  const columns = [
    { title: "model" },
    { title: "batch", align: "right" as const },
    { title: "training" },
    { title: "kWh" },
    { title: "money" },
    { title: "memory MiB" },
    { title: "fits" },
    { title: "kind" },
    { title: "the paper's own" },
  ];
  printTable(
    columns,
    plans.map(({ step, hours, kWh, money, paper, bound }) => [
      step.model,
      String(step.batch),
      duration(hours) + (bound === "loader" ? " (loader)" : ""),
      kWh ? between(kWh) : "-",
      money ? between(money) : "-",
      between(step.memoryMiB),
      fitWords[step.fits],
      step.kind,
      paper ? `${paper.hours} h, ${paper.gpus}` : "-",
    ]),
  );
  plans.forEach(({ step, hours, money, kWh, reported }, index) => {
    for (const { training, steps, whole } of reported) {
      const { hours: taken, gpus, gpu, source } = training;
      print(
        `${colors.dim("reported")}  ${step.model}: ${taken} h on ${gpus} × ${gpu}; predicted steps ${between(steps)} h, whole training up to ${Math.round(whole.high)} h (${source})`,
      );
    }
    if (deadline !== null) {
      const verdict = hours.high <= deadline ? "makes" : hours.low <= deadline ? "may make" : "misses";
      const best = cheapest?.[index];
      const price = best?.money ? between(best.money) : best?.usd ? `$${best.usd} at launch` : "";
      print(
        `${colors.dim("deadline")}  ${step.model}: ${verdict} ${deadline} h; cheapest GPU that makes it: ${best ? `${best.gpu} (${duration(best.hours)}, ${price})` : "none in the catalogue"}`,
      );
    }
    if (budget !== null) {
      const { verdict, needs } = budgetOf({ money, kWh }, budget);
      print(`${colors.dim("budget")}    ${step.model}: ${needs ?? `${verdict} ${budget}`}`);
    }
  });
  if (first) print(`${colors.dim("basis")}     ${first.step.basis}`);
}
