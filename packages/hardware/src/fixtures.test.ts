import { readFileSync } from "node:fs";
import { GpuIdentity } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { fixtures, identified } from "./testing/index.ts";

describe("what the tools of a machine printed", () => {
  test.each(fixtures.map((fixture) => [fixture.file, fixture.about, fixture] as const))("%s: %s", (...row) => {
    const identities = identified(row[2]);
    expect(identities).toEqual(row[2].expect.map((identity) => ({ ...identity, rawNames: expect.any(Array) })));
    expect(() => GpuIdentity.array().parse(identities)).not.toThrow();
  });
});

describe("the fixtures", () => {
  test("say where they come from", () => {
    const silent = fixtures.filter(({ origin }) =>
      origin.kind === "report" ? !origin.url.startsWith("https://") || !origin.form : !origin.reason,
    );
    expect(silent.map(({ file }) => file)).toEqual([]);
  });

  const reports = fixtures.filter(({ origin }) => origin.kind === "report").length;
  test(`come from public reports more often than not: ${reports} of ${fixtures.length}`, () => {
    expect(reports).toBeGreaterThanOrEqual(35);
    expect(reports).toBeGreaterThan(fixtures.length - reports);
  });

  test("are counted in the README as they are", () => {
    const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8").replace(/\s+/g, " ");
    const counts = `${fixtures.length} fixtures: ${reports} from public reports, ${fixtures.length - reports} constructed`;
    expect(readme).toContain(counts);
  });

  test("show every card of the article", () => {
    const ids = new Set(fixtures.flatMap((fixture) => fixture.expect.map(({ id }) => id)));
    const wanted = [
      "geforce-gtx-1050-ti",
      "geforce-gtx-titan-x",
      "radeon-540x",
      "radeon-rx-540x",
      "tesla-p100-pcie-16gb",
      "tesla-p100-sxm2-16gb",
      "tesla-v100-pcie-32gb",
      "tesla-v100-sxm2-16gb",
      "quadro-rtx-4000",
      "geforce-rtx-3090",
    ];
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
  });
});
