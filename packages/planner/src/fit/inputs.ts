import type { Observation } from "./observations.ts";

/** Everything that a fit depends on, as text whose hash tells whether the committed fit is current. */
export const inputsOf = (observations: readonly Observation[]): string =>
  JSON.stringify(observations.map(({ figure, profile, device, setting }) => [figure, profile, device, setting]));
