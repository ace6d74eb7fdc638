import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "plugins/**/*.test.ts", "site/**/*.test.ts"],
    // Limits against hanging, not figures to be met: slow machines run everything twice at once.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
