import { describe, expect, test } from "vitest";
import { isContainer, isLaptop, isWsl } from "./environment.ts";

const only =
  (path: string, text = "") =>
  (asked: string): string | null =>
    asked === path ? text : null;
const nothing = () => null;

describe("isContainer", () => {
  test.each([
    ["Docker", only("/.dockerenv"), {}],
    ["Podman", only("/run/.containerenv"), {}],
    ["systemd-nspawn", nothing, { container: "systemd-nspawn" }],
    ["Kubernetes", nothing, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }],
    ["a cgroup of version 1", only("/proc/self/cgroup", "12:cpu:/docker/0123\n"), {}],
  ])("knows %s", (_, read, env) => expect(isContainer(read, env)).toBe(true));
  test("knows a plain machine", () => {
    expect(isContainer(only("/proc/self/cgroup", "0::/user.slice/session-1.scope\n"), {})).toBe(false);
  });
});

describe("isWsl", () => {
  test("knows its kernel and its variable", () => {
    const version = "Linux version 5.15.90.1-microsoft-standard-WSL2 (oe-user@oe-host) (gcc 9.3.0)";
    expect(isWsl(only("/proc/version", version), {})).toBe(true);
    expect(isWsl(nothing, { WSL_DISTRO_NAME: "Ubuntu" })).toBe(true);
    expect(isWsl(only("/proc/version", "Linux version 6.1.0-17-amd64"), {})).toBe(false);
  });
});

describe("isLaptop", () => {
  test.each([
    ["10\n", true],
    ["31\n", true],
    ["3\n", false],
    ["23\n", false],
    ["2\n", undefined],
    ["", undefined],
  ])("chassis type %j: %s", (type, laptop) =>
    expect(isLaptop(only("/sys/class/dmi/id/chassis_type", type))).toBe(laptop),
  );
  test("a battery tells where the firmware does not", () => {
    expect(isLaptop(only("/sys/class/power_supply/BAT0/type", "Battery"))).toBe(true);
  });
});
