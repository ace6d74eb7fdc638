import type { Reference } from "./classifier.ts";
import { inceptionV3 } from "./inception.ts";
import { alexnet, vgg } from "./plain.ts";
import { resnet } from "./resnet.ts";

export { referenceStep, type Reference } from "./classifier.ts";

/** Networks that published throughput figures are of; they calibrate and test the planner and are never benchmarked here. */
export const references: readonly Reference[] = [
  { id: "alexnet", side: 224, body: alexnet },
  { id: "inception-v3", side: 299, body: inceptionV3 },
  { id: "resnet-18", side: 224, body: resnet([2, 2, 2, 2], "basic") },
  { id: "resnet-34", side: 224, body: resnet([3, 4, 6, 3], "basic") },
  { id: "resnet-50", side: 224, body: resnet([3, 4, 6, 3], "bottleneck") },
  { id: "resnet-101", side: 224, body: resnet([3, 4, 23, 3], "bottleneck") },
  { id: "resnet-152", side: 224, body: resnet([3, 8, 36, 3], "bottleneck") },
  { id: "vgg-16", side: 224, body: vgg([2, 2, 3, 3, 3]) },
  { id: "vgg-19", side: 224, body: vgg([2, 2, 4, 4, 4]) },
];
