import { tf } from "@epochmark/plugin-kit";
import { useCpu } from "@epochmark/plugin-kit/testing";
import { beforeAll, expect, it } from "vitest";
import { losses } from "./losses.ts";

beforeAll(useCpu);

const logit = (p: number) => Math.log(p / (1 - p));
/** Two samples of two cells; the first has its target in the second cell, the second none. */
const p = [0.3, 0.6, 0.2, 0.1];
const heatmap = [0.5, 1, 0, 0];
const targets = {
  heatmap: tf.tensor2d(heatmap, [2, 2]),
  offset: tf.tensor2d([0.25, 0.5, 0, 0], [2, 2]),
  size: tf.tensor2d([0.5, 0.125, 0, 0], [2, 2]),
};
const prediction = {
  pred_heatmap: tf.tensor3d(p.map(logit), [2, 2, 1]),
  pred_bbox_reg: tf.tensor3d([9, 9, 0.5, 0.25, 9, 9, 9, 9], [2, 2, 2]),
  pred_bbox_wh: tf.tensor3d([9, 9, 0.75, 0.25, 9, 9, 9, 9], [2, 2, 2]),
};
const values = (given: typeof targets) =>
  Object.fromEntries(Object.entries(losses(prediction, given)).map(([name, value]) => [name, value.dataSync()[0]!]));

it("is the formula, negatives only in the heatmap's loss", () => {
  const misses = [0, 2, 3].map((k) => (1 - heatmap[k]!) ** 4 * p[k]! ** 2 * Math.log(1 - p[k]!));
  const expected = -(0.4 ** 2 * Math.log(0.6) + misses.reduce((a, b) => a + b)) / 2;
  const found = values(targets);
  expect(found.loss_hm).toBeCloseTo(expected, 6);
  expect(found.loss_bbox_reg).toBeCloseTo(0.5, 6);
  expect(found.loss_bbox_wh).toBeCloseTo(0.375, 6);
  expect(found.total).toBeCloseTo(expected + 0.875, 6);
});

it("has no box loss without a target, and divides by their number", () => {
  const none = values({ ...targets, heatmap: tf.zeros([2, 2]) });
  expect([none.loss_bbox_reg, none.loss_bbox_wh]).toEqual([0, 0]);
  const both = {
    heatmap: tf.tensor2d([0, 1, 0, 1], [2, 2]),
    offset: tf.tensor2d([0.5, 0.25, 9, 8], [2, 2]),
    size: tf.tensor2d([0.75, 0.25, 9, 7], [2, 2]),
  };
  const two = values(both);
  expect([two.loss_bbox_reg, two.loss_bbox_wh]).toEqual([0.5, 1]);
});

it("stays finite where a head is sure of the wrong thing", () => {
  const sure = { ...prediction, pred_heatmap: tf.tensor3d([100, -100, -100, 100], [2, 2, 1]) };
  expect(Number.isFinite(losses(sure, targets).total.dataSync()[0])).toBe(true);
});
