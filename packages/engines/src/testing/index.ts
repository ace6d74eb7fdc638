export { useSoftwareGpu } from "./software-gpu.ts";
