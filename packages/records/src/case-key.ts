import type { Case } from "@epochmark/schema";

/** What is computed: model, phase, size, workload with its batch and input shapes, precision, replicas. Equal keys compare. */
export const taskKey = ({ plugin, model, phase, size, workload, precision, replicas }: Case): string => {
  const shapes = workload.inputs.map(({ name, shape, dtype }) => `${name}:${dtype}[${shape.join(",")}]`);
  const copies = replicas === 1 ? "" : `×${replicas}`;
  return [`${plugin}/${model}`, phase, size, workload.name, workload.batch, ...shapes, precision, copies]
    .filter(Boolean)
    .join(" ");
};

/** What a case is within its run: the task, the engine and the engine's device. A run holds each key once. */
export const caseKey = (of: Case): string => `${taskKey(of)} ${of.engine.id} ${of.engine.device}`;
