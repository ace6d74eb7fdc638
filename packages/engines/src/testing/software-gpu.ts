import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inflate } from "@sparticuz/chromium";
import koffi from "koffi";

/**
 * Gives this process, and those that it starts, a Vulkan device made of software: SwiftShader with its loader, from the
 * package that carries a browser. Must come before the first use of WebGPU. Returns why there is none here, else null.
 * @throws in CI, where it must be there
 */
export async function useSoftwareGpu(): Promise<string | null> {
  const reason = await use().catch((error: Error) => error.message);
  if (reason !== null && process.env["CI"]) throw new Error(`CI needs the software GPU: ${reason}`);
  return reason;
}

/** The library goes when nobody holds it. */
let held: ReturnType<typeof koffi.load> | undefined;

async function use(): Promise<string | null> {
  const { platform, arch } = process;
  if (platform !== "linux" || arch !== "x64")
    return `SwiftShader's package is for linux x64, this is ${platform} ${arch}`;
  if (held) return null;
  const home = await unpacked();
  process.env["VK_ICD_FILENAMES"] = join(home, "vk_swiftshader_icd.json");
  process.env["LD_LIBRARY_PATH"] = [home, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  // The variable counts for processes that are started from now on; here, who asks for the library finds it loaded.
  held = koffi.load(join(home, "libvulkan.so.1"));
  return null;
}

/** The folder with the unpacked libraries, named by their version; it appears whole or not at all. */
async function unpacked(): Promise<string> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@sparticuz/chromium");
  const { version } = require(join(dirname(entry), "../package.json")) as { version: string };
  const home = join(tmpdir(), `epochmark-swiftshader-${version}`);
  if (existsSync(home)) return home;
  const making = await mkdtemp(`${home}-`);
  const before = process.env["TMPDIR"];
  // The package unpacks into the temporary folder and takes no other.
  process.env["TMPDIR"] = making;
  try {
    await inflate(join(dirname(entry), "../bin/swiftshader.tar.br"));
    await rename(making, home);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(home)) throw error;
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  return home;
}
