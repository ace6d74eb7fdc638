import type { EngineInfo } from "@epochmark/runner";
import type { GpuIdentity, Host } from "@epochmark/schema";
import { benchCommand, exit, jsonOption, verboseOption } from "../command.ts";
import { deviceLine, hostLine } from "../results.ts";
import { colors, print, printJson, printTable } from "../terminal.ts";
import { wayLine, waysFor } from "../ways.ts";

export const doctor = benchCommand({
  definition: {
    meta: { name: "doctor", description: "What this machine can use, what is missing, what adds it; changes nothing" },
    args: { json: jsonOption, verbose: verboseOption },
    async run({ args }) {
      // Not the whole runner, which takes longer to load than all the rest; and the engines at once, as they take longest.
      const { probeEngines } = await import("@epochmark/runner/probe");
      const machine = async () => {
        const { describeHost, detectDevices } = await import("@epochmark/hardware");
        return Promise.all([describeHost(), detectDevices()]);
      };
      const [engines, [host, gpus]] = await Promise.all([probeEngines(), machine()]);
      if (args.json) printJson({ host, gpus: gpus.map((gpu) => ({ ...gpu, ways: waysFor(gpu) })), engines });
      else show(host, gpus, engines);
      const usable = engines.some(({ devices }) => devices.some((device) => device.usable));
      return usable ? exit.ok : exit.failed;
    },
  },
  examples: ["bench doctor", "bench doctor --json"],
  exitCodes: ["0  something can be measured here", "1  no engine can use any device", "2  bad words"],
});

function show(host: Host, gpus: readonly GpuIdentity[], engines: readonly EngineInfo[]): void {
  print(`${colors.dim("machine")}  ${hostLine(host)}`);
  if (gpus.length === 0) print(`${colors.dim("GPU")}      none found`);
  for (const gpu of gpus) {
    print(`${colors.dim("GPU")}      ${deviceLine(gpu)}`);
    if (gpu.kind !== "software") print(`${colors.dim("way")}      ${waysFor(gpu).map(wayLine).join("; else ")}`);
  }
  print();
  const columns = [{ title: "engine" }, { title: "version" }, { title: "device" }, { title: "usable" }];
  const rows = engines.flatMap(({ id, version, devices }) =>
    devices.map((device) => [
      id,
      version,
      device.id + (device.name ? ` (${device.name})` : ""),
      device.usable ? colors.green("yes") : `${colors.yellow("no")}: ${device.reason}`,
    ]),
  );
  printTable(columns, rows);
}
