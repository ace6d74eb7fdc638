import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Cards of NVIDIA's driver on Linux, in PCI order; null where there is no driver. Reads files only: nothing is loaded. */
export function findCards(root = "/"): { name: string | null }[] | null {
  const folder = join(root, "proc/driver/nvidia/gpus");
  if (existsSync(folder))
    return readdirSync(folder)
      .toSorted()
      .map((address) => ({ name: modelOf(join(folder, address, "information")) }));
  // WSL: the driver is Windows's, behind one door for all cards.
  const wsl = existsSync(join(root, "dev/dxg")) && existsSync(join(root, "usr/lib/wsl/lib/libcuda.so.1"));
  return wsl ? [{ name: null }] : null;
}

function modelOf(file: string): string | null {
  try {
    return /^Model:\s*(.+)$/m.exec(readFileSync(file, "utf8"))?.[1]?.trim() ?? null;
  } catch {
    return null;
  }
}
