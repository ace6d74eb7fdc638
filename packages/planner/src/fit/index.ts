export { calibrate, type Calibration, coverageOf, type LeftOut } from "./calibrate.ts";
export { inputsOf } from "./inputs.ts";
export { type Observation, observations } from "./observations.ts";
