import { RunFile, runFileVersion } from "@epochmark/schema";
import { excerpt, problem, RecordError, type Problem } from "./problem.ts";

type Issue = NonNullable<ReturnType<typeof RunFile.safeParse>["error"]>["issues"][number];

/**
 * A value as a run file, with its fields in the schema's order.
 *
 * @param fileName as the error messages should show it
 * @throws {RecordError} when it does not have the schema's form.
 */
export const asRunFile = (value: unknown, fileName: string): RunFile => {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === "number" && version !== runFileVersion) {
    const remedy = version < runFileVersion ? "bench migrate rewrites it" : "use the program that wrote it";
    const message = `this program reads version ${runFileVersion}, the file has ${version}: ${remedy}`;
    throw new RecordError(fileName, [problem(["schemaVersion"], message)]);
  }
  const result = RunFile.safeParse(value, { reportInput: true });
  if (!result.success) throw new RecordError(fileName, result.error.issues.flatMap(describe));
  return result.data;
};

const describe = (issue: Issue): Problem[] => {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => problem([...issue.path, key], "unknown field"));
    case "invalid_type":
      return [problem(issue.path, `expected ${issue.expected}, found ${excerpt(issue.input)}`)];
    default:
      return [problem(issue.path, `${issue.message}, found ${excerpt(issue.input)}`)];
  }
};
