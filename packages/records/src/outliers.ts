import { mad, median } from "simple-statistics";
import type { Case, RunFile } from "@epochmark/schema";
import { taskKey } from "./case-key.ts";
import { problem, type Problem } from "./problem.ts";

/** Other records that a verdict needs. */
const fewest = 3;
/** Drivers and cooling explain this factor between honest cards of one kind. */
const usual = 1.3;
/** Scaled median absolute deviations beyond which a record stands apart. */
const deviations = 4;
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const scale = 1.4826;

/** Cases of a record whose step time stands apart from those of the same GPU, task and engine in other records. */
export const findOutliers = (file: RunFile, others: readonly RunFile[]): Problem[] => {
  const peers = others.filter(({ id, gpu }) => id !== file.id && gpu.id === file.gpu.id).flatMap(({ cases }) => cases);
  return file.cases.flatMap((found, i) => {
    const key = keyOf(found);
    const times = peers.filter((peer) => peer.summary !== null && peer.status === "ok" && keyOf(peer) === key);
    if (found.summary === null || times.length < fewest) return [];
    const logs = times.map(({ summary }) => Math.log(summary!.stepMs.median));
    const middle = median(logs);
    const distance = Math.log(found.summary.stepMs.median) - middle;
    if (Math.abs(distance) <= Math.max(Math.log(usual), deviations * scale * mad(logs))) return [];
    const factor = Math.exp(Math.abs(distance)).toFixed(2);
    const message = `${factor} times ${distance < 0 ? "faster" : "slower"} than the middle of ${times.length} other records`;
    return [problem(["cases", i, "summary", "stepMs"], message)];
  });
};

const keyOf = (of: Case): string => `${taskKey(of)} ${of.engine.id}`;
