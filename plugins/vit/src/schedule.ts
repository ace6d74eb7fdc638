/** Learning rate over training, constant within an epoch: timm's cosine schedule, as DeiT uses it. */
export interface Schedule {
  peak: number;
  floor: number;
  epochs: number;
  stepsPerEpoch: number;
  warmupFrom: number;
  warmupEpochs: number;
}

/** The rate of optimizer step `step` (from 1). The warm-up lies on top of the cosine's first epochs, not before them. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { peak, floor, epochs, stepsPerEpoch, warmupFrom, warmupEpochs } = schedule;
  const epoch = Math.floor((step - 1) / stepsPerEpoch);
  if (epoch < warmupEpochs) return warmupFrom + ((peak - warmupFrom) * epoch) / warmupEpochs;
  if (epoch >= epochs) return floor;
  return floor + ((peak - floor) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
}
