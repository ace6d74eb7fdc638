import { join } from "node:path";
import koffi from "koffi";
import { unpackChromium } from "./chromium.ts";

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
  const home = await unpackChromium("swiftshader", ["swiftshader.tar.br"]);
  process.env["VK_ICD_FILENAMES"] = join(home, "vk_swiftshader_icd.json");
  process.env["LD_LIBRARY_PATH"] = [home, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  // The variable counts for processes that are started from now on; here, who asks for the library finds it loaded.
  held = koffi.load(join(home, "libvulkan.so.1"));
  return null;
}
