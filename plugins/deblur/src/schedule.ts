/** Learning rate over training, constant within an epoch: `constant` epochs at `rate`, then down to `last` in `decay` equal steps. */
export interface Schedule {
  rate: number;
  last: number;
  constant: number;
  decay: number;
  stepsPerEpoch: number;
}

/** The rate of optimizer step `step` (from 1). The first decrease comes after the epoch that follows the constant ones. */
export function learningRateAt({ rate, last, constant, decay, stepsPerEpoch }: Schedule, step: number): number {
  const epoch = Math.floor((step - 1) / stepsPerEpoch) + 1;
  const decreases = Math.min(Math.max(0, epoch - 1 - constant), decay);
  return rate - (rate - last) * (decreases / Math.max(1, decay));
}
