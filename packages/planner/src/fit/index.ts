export { calibrate, type Calibration, coverageOf, type LeftOut } from "./calibrate.ts";
export { inputsOf } from "./inputs.ts";
export { observations } from "./observations.ts";
