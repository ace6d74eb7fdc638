import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { type Written, observed, registerCompiledBackend } from "./backend.ts";

// Run in a process of its own, because jasmine wants the names that vitest has: takes how written tensors enter
// the graph, sends the outcome of every spec to its parent.

/** How one spec of tfjs-core ended. */
export interface Outcome {
  name: string;
  passed: boolean;
  /** First line of the first failure. */
  problem: string;
  kernels: string[];
  refusedKernels: string[];
  refusedTypes: string[];
  /** Models that were compiled and run for this spec. */
  models: number;
}

const backendName = "compiled";
const require = createRequire(import.meta.url);
// What @tensorflow/tfjs itself imports: the package manager hides it from everybody else.
const core = createRequire(require.resolve("@tensorflow/tfjs/package.json")).resolve(
  "@tensorflow/tfjs-core/package.json",
);
const file = (path: string): string => join(core, "..", "dist", path);
const folder = mkdtempSync(join(tmpdir(), "tfjs-ops-"));
try {
  // The package's tests are modules without file endings, which Node does not load. They keep a copy of the
  // library's functions; engine, kernels and gradients are one for all copies in a process.
  await build({
    entryPoints: [file("jasmine_util.js"), file("tests.js")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    ignoreAnnotations: true,
    alias: { "jasmine-core": join(require.resolve("jasmine-core/package.json"), "..") },
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    logLevel: "error",
  });
  const jasmineRequire = require("jasmine-core");
  const jasmine = jasmineRequire.boot(jasmineRequire);
  registerCompiledBackend(backendName, process.argv[2] as Written);
  const load = (name: string): Promise<Record<string, (value: unknown) => void>> =>
    import(pathToFileURL(join(folder, name)).href);
  const { setTestEnvs } = await load("jasmine_util.mjs");
  setTestEnvs?.([{ name: backendName, backendName, isDataSync: true }]);
  await load("tests.mjs");
  const outcomes: Outcome[] = [];
  const env = jasmine.getEnv();
  env.configure({ random: false });
  env.addReporter({
    specStarted: () => void observed(),
    specDone: (result: { fullName: string; status: string; failedExpectations: { message: string }[] }) => {
      if (result.status !== "passed" && result.status !== "failed") return;
      const { kernels, refusedKernels, refusedTypes, models } = observed();
      outcomes.push({
        name: result.fullName.replace(` ${backendName} {}`, ""),
        passed: result.status === "passed",
        problem: result.failedExpectations[0]?.message.split("\n")[0] ?? "",
        kernels: [...kernels],
        refusedKernels: [...refusedKernels],
        refusedTypes: [...refusedTypes],
        models,
      });
    },
  });
  await env.execute();
  process.send?.(outcomes);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
