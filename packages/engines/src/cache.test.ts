import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { cacheFolder } from "./cache.ts";

afterEach(() => void vi.unstubAllEnvs());

test("the cache is the repository's, or the one that the environment names", () => {
  vi.stubEnv("EPOCHMARK_CACHE", "");
  expect(cacheFolder("tfjs-node", "2.18.1")).toMatch(/[\\/]\.cache[\\/]epochmark[\\/]tfjs-node[\\/]2\.18\.1$/);
  vi.stubEnv("EPOCHMARK_CACHE", "elsewhere");
  expect(cacheFolder("tfjs-node", "2.18.1")).toBe(join("elsewhere", "tfjs-node", "2.18.1"));
});
