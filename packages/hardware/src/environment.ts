import type { ReadText } from "./limits/limits.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether this process runs in a container (Docker, Podman, Kubernetes, LXC, systemd-nspawn). */
export const isContainer = (read: ReadText, env: Environment): boolean =>
  read("/.dockerenv") !== null ||
  read("/run/.containerenv") !== null ||
  read("/run/systemd/container") !== null ||
  Boolean(env["container"] ?? env["KUBERNETES_SERVICE_HOST"]) ||
  /\b(?:docker|kubepods|containerd|libpod|lxc)\b/.test(read("/proc/self/cgroup") ?? "");

/** Whether Linux runs inside Windows: WSL kernels say `microsoft` in their version. */
export const isWsl = (read: ReadText, env: Environment): boolean =>
  /microsoft/i.test(read("/proc/version") ?? "") || env["WSL_DISTRO_NAME"] !== undefined;

/** SMBIOS chassis types (DSP0134, table "System Enclosure or Chassis Types"). */
const laptopChassis = new Set([8, 9, 10, 11, 14, 30, 31, 32]);
const deskChassis = new Set([3, 4, 5, 6, 7, 13, 15, 16, 17, 23, 24, 25, 28, 29, 35, 36]);

/** Whether Linux runs on a laptop; undefined where the firmware does not say and there is no battery to tell. */
export const isLaptop = (read: ReadText): boolean | undefined => {
  const chassis = Number.parseInt(read("/sys/class/dmi/id/chassis_type") ?? "", 10);
  if (laptopChassis.has(chassis)) return true;
  if (deskChassis.has(chassis)) return false;
  return read("/sys/class/power_supply/BAT0/type") !== null || read("/sys/class/power_supply/BAT1/type") !== null
    ? true
    : undefined;
};
