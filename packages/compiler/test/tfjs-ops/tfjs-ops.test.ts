import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { kernelRules } from "../../src/trace/kernels/index.ts";
import type { Written } from "./backend.ts";
import { kernels, tests, types, untestedRules } from "./excluded.ts";
import type { Outcome } from "./suite.ts";

const reasons = (groups: Record<string, readonly string[]>): Map<string, string> =>
  new Map(Object.entries(groups).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)));
const byKernel = reasons(kernels);
const byTest = reasons(tests);

/** Why a spec does not count, if it does not. */
function exclusion({ name, refusedKernels, refusedTypes }: Outcome): string | undefined {
  const kernel = refusedKernels.map((refused) => byKernel.get(refused)).find(Boolean);
  return kernel ?? refusedTypes.map((refused) => types[refused]).find(Boolean) ?? byTest.get(name);
}

/** A spec that hit a kernel or a type without a rule has not shown anything, even where it expects an error. */
const held = ({ passed, refusedKernels, refusedTypes }: Outcome): boolean =>
  passed && refusedKernels.length + refusedTypes.length === 0;

function runSuite(written: Written): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("suite.ts", import.meta.url)), [written], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let complaints = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    child.on("message", (outcomes) => resolve(outcomes as Outcome[]));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the suite ended with code ${code}: ${complaints.slice(-2000)}`)));
  });
}

describe.each(["inputs", "constants"] as const)("tfjs-core's op tests, written tensors as %s", (written) => {
  let outcomes: Outcome[] = [];
  let counted: Outcome[] = [];

  beforeAll(async () => {
    outcomes = await runSuite(written);
    counted = outcomes.filter((outcome) => exclusion(outcome) === undefined);
    const compiled = counted.filter(({ models }) => models > 0);
    const passed = compiled.filter(held).length;
    const byReason = new Map<string, number>();
    for (const outcome of outcomes) {
      const reason = exclusion(outcome);
      if (reason) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    }
    const lines = [
      `tfjs-core op tests through the compiled path: ${passed} passed, ${compiled.length - passed} failed, ` +
        `${outcomes.length - counted.length} excluded (written tensors as ${written}; ` +
        `${counted.length - compiled.length} more tests read nothing that was computed)`,
      ...[...byReason].toSorted(([, a], [, b]) => b - a).map(([reason, n]) => `  ${n} excluded: ${reason}`),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  }, 300_000);

  test("every test that is not excluded passes", () => {
    expect(counted.length).toBeGreaterThan(0);
    const failed = counted.filter((outcome) => !held(outcome));
    expect(failed.map(({ name, problem, refusedKernels }) => [name, problem, ...refusedKernels].join(" | "))).toEqual(
      [],
    );
  });

  test("every rule is used by a test that passes", () => {
    const shown = new Set(counted.filter((o) => o.models > 0 && held(o)).flatMap((o) => o.kernels));
    const unshown = Object.keys(kernelRules).filter((kernel) => !shown.has(kernel));
    expect(unshown.toSorted()).toEqual(Object.keys(untestedRules).toSorted());
  });

  test("every excluded kernel and type is still refused", () => {
    const refused = new Set(outcomes.flatMap((o) => [...o.refusedKernels, ...o.refusedTypes]));
    expect([...byKernel.keys(), ...Object.keys(types)].filter((name) => !refused.has(name))).toEqual([]);
  });

  test("every excluded test exists and still fails", () => {
    const failing = new Set(outcomes.filter(({ passed }) => !passed).map(({ name }) => name));
    expect([...byTest.keys()].filter((name) => !failing.has(name))).toEqual([]);
  });
});
