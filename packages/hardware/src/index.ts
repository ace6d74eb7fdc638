export { cpuIdentity } from "./cpu.ts";
export { detectDevices, type DetectOptions } from "./detect.ts";
export { identifyAdapter } from "./devices/identify-devices.ts";
export { describeHost, type HostOptions } from "./host.ts";
export { memoryLimitMiB, usableMemoryMiB, usableThreads } from "./limits/limits.ts";
export { describeDeviceState } from "./sensors/device-state.ts";
export { sensorFor, type Watch, watch } from "./sensors/watch.ts";
export type { Reading, Sensor } from "./sensors/reading.ts";
