import { exampleCase, exampleRunFile } from "@epochmark/records/testing";
import { expect, test } from "vitest";
import { evidenceOf } from "./evidence.ts";

test("predictions learn from what a GPU does alone", async () => {
  expect(evidenceOf([await exampleRunFile({ cases: [exampleCase()] })])).toHaveLength(1);
  expect(evidenceOf([await exampleRunFile({ cases: [exampleCase({ replicas: 2 })] })])).toEqual([]);
});
