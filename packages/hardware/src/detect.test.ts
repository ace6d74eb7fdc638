import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GpuIdentity } from "@epochmark/schema";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { detectDevices } from "./detect.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "machine-"));
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "pci"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tool = (name: string, script: string, mode = 0o755): void => {
  const path = join(folder, "bin", name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, mode);
};

const device = (address: string, files: Record<string, string>): void => {
  mkdirSync(join(folder, "pci", address));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, "pci", address, name), `${content}\n`);
};

/** Only the fake tools are found, beside the shell's own. */
const detect = (timeoutMs = 20_000) =>
  detectDevices({
    platform: "linux",
    env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, DISPLAY: ":0" },
    timeoutMs,
    pciFolder: join(folder, "pci"),
  });

const rtx3090 = { class: "0x030000", vendor: "0x10de", device: "0x2204", revision: "0xa1" };
const tools = ["nvidia-smi", "lspci", "vulkaninfo", "glxinfo", "clinfo"];

describe("detectDevices", () => {
  test("puts together what every tool says of one card", async () => {
    device("0000:01:00.0", rtx3090);
    tool("nvidia-smi", "echo 'NVIDIA GeForce RTX 3090, 00000000:01:00.0, 0x220410DE, 24576, 535.54.03'");
    tool(
      "lspci",
      "echo '0000:01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204] (rev a1)'",
    );
    tool("vulkaninfo", "exit 1");
    tool("glxinfo", "echo 'OpenGL renderer string: NVIDIA GeForce RTX 3090/PCIe/SSE2'");
    const [card, ...others] = await detect();
    expect(others).toEqual([]);
    expect(card).toMatchObject({
      id: "geforce-rtx-3090",
      memoryMiB: 24576,
      driver: "535.54.03",
      pciBus: "0000:01:00.0",
      inferred: false,
    });
    expect(card?.rawNames).toContain("NVIDIA Corporation GA102 [GeForce RTX 3090]");
  });

  test("knows a card by the bus alone when no tool is there", async () => {
    device("0000:01:00.0", rtx3090);
    device("0000:02:00.0", { class: "0x010802", vendor: "0x144d", device: "0xa808" });
    expect((await detect()).map(({ id }) => id)).toEqual(["geforce-rtx-3090"]);
  });

  test("comes through tools that all hang", async () => {
    device("0000:01:00.0", rtx3090);
    for (const name of tools) tool(name, "sleep 600");
    expect((await detect(500)).map(({ id }) => id)).toEqual(["geforce-rtx-3090"]);
  });

  test("comes through tools that print garbage", async () => {
    for (const name of tools)
      tool(
        name,
        "head -c 100000 /dev/urandom; echo; echo 'GPU0:'; echo ',,,,'; echo '0 VGA compatible controller: <b>'",
      );
    for (const identity of await detect()) expect(() => GpuIdentity.parse(identity)).not.toThrow();
  });

  test("comes through tools that fail or refuse", async () => {
    for (const name of tools) tool(name, "echo 'NVIDIA-SMI has failed' ; exit 9");
    expect(await detect()).toEqual([]);
    for (const name of tools) tool(name, "echo no", 0o644);
    expect(await detect()).toEqual([]);
  });

  test("works on this very machine", async () => {
    const devices = await detectDevices();
    expect(() => GpuIdentity.array().parse(devices)).not.toThrow();
  });
});
