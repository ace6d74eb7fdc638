/**
 * Asks systeminformation one question and prints the answer as JSON. A process of its own, because systeminformation
 * calls vendor tools synchronously and without a time limit: a driver that hangs would stop the caller for good.
 */
import { cpu, graphics, osInfo } from "systeminformation";

const questions: Readonly<Record<string, () => Promise<unknown>>> = {
  graphics: async () => (await graphics()).controllers,
  // Host name, serial numbers and the like, which systeminformation also reads, end here.
  host: async () => {
    const [{ distro, release, kernel }, { manufacturer, brand, physicalCores }] = await Promise.all([osInfo(), cpu()]);
    return { os: { distro, release, kernel }, cpu: { manufacturer, brand, physicalCores } };
  },
};

const answer = await questions[process.argv[2] ?? ""]?.();
process.stdout.write(JSON.stringify(answer ?? null));
