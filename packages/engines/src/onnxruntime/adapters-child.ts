/** Prints what the drivers of this machine say of its cards, as JSON. */
import { readCuda } from "./cuda.ts";
import { readVulkan } from "./vulkan.ts";

process.stdout.write(`\n${JSON.stringify({ vulkan: readVulkan(), cuda: readCuda() })}`, () => process.exit());
