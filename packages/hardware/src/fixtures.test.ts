import { readdirSync, readFileSync } from "node:fs";
import { GpuIdentity } from "@epochmark/schema";
import { describe, expect, test } from "vitest";
import { identifyDevices } from "./devices/identify-devices.ts";
import type { ToolOutputs } from "./devices/outputs.ts";

/** Text of a tool is kept as lines, so that a change shows in a diff. */
type Texts = "nvidiaSmi" | "lspci" | "vulkaninfo" | "glxinfo";

interface Fixture {
  about: string;
  /** A report anyone can open, with how its text got here; or the reason why this one was made up. */
  origin: { kind: "report"; url: string; form: string } | { kind: "constructed"; reason: string };
  outputs: Omit<ToolOutputs, Texts> & Partial<Record<Texts, string[]>>;
  expect: Omit<GpuIdentity, "rawNames">[];
}

const folder = new URL("../fixtures/", import.meta.url);
const fixtures = readdirSync(folder)
  .toSorted()
  .map((file) => ({ file, ...(JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Fixture) }));

const text = (lines: string[] | undefined): string | undefined => lines?.map((line) => `${line}\n`).join("");

const identified = ({ outputs }: Fixture): GpuIdentity[] =>
  identifyDevices({
    ...outputs,
    nvidiaSmi: text(outputs.nvidiaSmi),
    lspci: text(outputs.lspci),
    vulkaninfo: text(outputs.vulkaninfo),
    glxinfo: text(outputs.glxinfo),
  });

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
