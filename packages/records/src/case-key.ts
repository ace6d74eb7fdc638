import type { Case } from "@epochmark/schema";

/** What is computed: model, phase, size, workload with its batch and input shapes, precision. Equal keys compare. */
export const taskKey = ({ plugin, model, phase, size, workload, precision }: Case): string => {
  const shapes = workload.inputs.map(({ name, shape, dtype }) => `${name}:${dtype}[${shape.join(",")}]`);
  return [`${plugin}/${model}`, phase, size, workload.name, workload.batch, ...shapes, precision].join(" ");
};

/** What a case is within its run: the task, the engine and the engine's device. A run holds each key once. */
export const caseKey = (of: Case): string => `${taskKey(of)} ${of.engine.id} ${of.engine.device}`;
