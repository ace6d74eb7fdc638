/** Learning rate over training: halved every so many epochs, no warm-up (PyTorch's StepLR). */
export interface Schedule {
  peak: number;
  stepsPerEpoch: number;
  epochsPerHalving: number;
}

/** The rate of optimizer step `step` (from 1). */
export function learningRateAt({ peak, stepsPerEpoch, epochsPerHalving }: Schedule, step: number): number {
  const epoch = Math.floor((step - 1) / stepsPerEpoch);
  return peak * 0.5 ** Math.floor(epoch / epochsPerHalving);
}
