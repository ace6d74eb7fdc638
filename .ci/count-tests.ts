/**
 * Reads a JSON report of Vitest: prints "<passed> <failed>" on standard output, and each failed test with the
 * start of its message on standard error. A file that could not be loaded counts as one failed test.
 */
import { readFileSync } from "node:fs";

type Test = { status: string; fullName: string; failureMessages: string[] };
type File = { name: string; status: string; message: string; assertionResults: Test[] };
type Report = { numPassedTests: number; testResults: File[] };

const report = process.argv[2];
if (report === undefined) throw new Error("count-tests: name the report to read");
const { numPassedTests, testResults }: Report = JSON.parse(readFileSync(report, "utf8"));

const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
  const failed = assertionResults
    .filter((test) => test.status === "failed")
    .map(({ fullName, failureMessages }) => ({ name, test: fullName, message: failureMessages.join("\n") }));
  return failed.length > 0 || status !== "failed" ? failed : [{ name, test: "(the file itself)", message }];
});
for (const { name, test, message } of failures) {
  console.error(`FAILED test: ${name}: ${test}\n${message.slice(0, 2_000)}`);
}
console.log(`${numPassedTests} ${failures.length}`);
