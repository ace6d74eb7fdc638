import type { Box, HostTensor, PhotoSettings, Tracker, VideoTask } from "@epochmark/plugin-kit";
import { cellsOf, onlineLayers, type TrTrConfig } from "../config.ts";
import { crop, insideOf, type Photograph, type View } from "../crop.ts";
import { edgesOf } from "../edges.ts";
import { decode } from "./decode.ts";
import { searchAfter } from "./leap.ts";
import { OnlineFilter } from "./online.ts";

/** Smallest side of a box, in pixels. */
const smallest = 10;

/**
 * TrTr's tracker. The first frame's template is encoded once; each frame is cropped around the last box at the template's
 * scale, and the box decoded outside the program. Position codes count only cells that show the frame; with `mask` 1 attention
 * looks at no other. With `online` 1 the filter that is learnt on the video takes part, and a leap in the first tracked frame
 * lets the search grow; the filter is then fitted to the first frame again, and the frame of the leap is no sample. The
 * official recovery of lost targets and its erasing of unconfirmed peaks are not here.
 */
export const video: VideoTask<TrTrConfig> = {
  gives: "boxes",
  options: {
    online: { description: "1: learn a filter on the video too", hint: "0 or 1", default: [0], range: [0, 1] },
    search: { description: "side of the search image, in pixels", hint: "pixels", default: [255], range: [127, 511] },
    window: { description: "share of the Hann window in the score", hint: "share", default: [0.4], range: [0, 1] },
    filter: { description: "share of the learnt filter in the score", hint: "share", default: [0.6], range: [0, 1] },
    mask: { description: "1: attention looks at the frame alone", hint: "0 or 1", default: [0], range: [0, 1] },
    smoothing: { description: "how much of a new size is taken", hint: "share", default: [0.8], range: [0, 1] },
    memory: { description: "samples that the filter is learnt on", hint: "count", default: [250], range: [1, 250] },
    cells: {
      description: "cells a side of the maps that the filter sees; 0: half of the heatmap's",
      hint: "count",
      default: [0],
      range: [0, 64],
    },
    layers: {
      description: "layers that the filter sees: 1 is layer2 alone",
      hint: "1 or 2",
      default: [2],
      range: [1, 2],
    },
  },
  track(original, run, settings): Tracker {
    const { online, window, filter: filterShare, smoothing } = settings;
    const config = configOf(original, settings);
    let side = config.search;
    /** What every tracked frame takes of the template. */
    let template: Record<string, HostTensor> = {};
    let filter: OnlineFilter | null = null;
    let target: Target = { centre: [0, 0], size: [0, 0] };
    /** Kept until the first tracked frame. */
    let first: { frame: Photograph; target: Target } | null = null;

    /** Crop pixels a frame pixel: what the template's side shows is the box with its context. */
    const scaleOf = ({ size }: Target) => {
      const context = (size[0] + size[1]) / 2;
      return config.template / Math.sqrt((size[0] + context) * (size[1] + context));
    };
    const viewOf = (pixels: number, around = target): View => {
      const scale = scaleOf(around);
      return { from: around.centre, to: [pixels / 2, pixels / 2], scale: [scale, scale] };
    };
    const image = (frame: Photograph, pixels: number, around = target): HostTensor => ({
      shape: [1, 3, pixels, pixels],
      data: crop(frame, pixels, viewOf(pixels, around)),
    });
    const insideAt = (frame: Photograph, pixels: number) => insideOf(frame, viewOf(pixels), pixels, cellsOf(pixels));
    const fitted = async (frame: Photograph, around: Target): Promise<OnlineFilter> => {
      const [width, height] = around.size;
      const scale = scaleOf(around);
      const fresh = new OnlineFilter({ ...config, search: side }, run, [width * scale, height * scale]);
      await fresh.start(image(frame, 2 * side, around).data as Float32Array);
      return fresh;
    };

    return {
      async start(frame, box) {
        target = { centre: [box.x + box.width / 2, box.y + box.height / 2], size: [box.width, box.height] };
        const edges = edgesOf(config, "template", insideAt(frame, config.template));
        const outputs = await run({ phase: "infer" }, { template: image(frame, config.template), ...edges });
        template = { memory: outputs.memory!, ...edges };
        if (online![0]! < 0.5) return;
        first = { frame, target };
        filter = await fitted(frame, target);
      },

      async next(frame) {
        const factor = scaleOf(target);
        const { centre: before, size: last } = target;
        const fitTo = first;
        first = null;
        const inside = insideAt(frame, side);
        const outputs = await run(
          { phase: "infer" },
          {
            ...template,
            search: image(frame, side),
            ...edgesOf({ ...config, search: side }, "search", inside),
            ...filter?.learnt,
          },
        );
        const found = decode(
          {
            heatmap: outputs.pred_heatmap!.data,
            offset: outputs.pred_bbox_reg!.data,
            size: outputs.pred_bbox_wh!.data,
          },
          {
            side,
            last: [last[0] * factor, last[1] * factor],
            inside,
            online: filter?.response(outputs) ?? null,
            window: window![0]!,
            filter: filterShare![0]!,
          },
        );
        if (!found) return { ...boxOf(target), score: 0 };
        const moved = [found.centre[0] - side / 2, found.centre[1] - side / 2] as const;
        const take = found.score * found.penalty * smoothing![0]!;
        const smooth = (axis: 0 | 1, limit: number) =>
          Math.min(Math.max(last[axis] * (1 - take) + (found.size[axis] / factor) * take, smallest), limit);
        const place = (axis: 0 | 1, limit: number) => Math.min(Math.max(before[axis] + moved[axis] / factor, 0), limit);
        target = {
          centre: [place(0, frame.width), place(1, frame.height)],
          size: [smooth(0, frame.width), smooth(1, frame.height)],
        };
        const grown = searchAfter(side, moved);
        if (fitTo && grown > side) {
          side = grown;
          filter = await fitted(fitTo.frame, fitTo.target);
        } else await filter?.learn(outputs, [moved[0] / side, moved[1] / side]);
        return { ...boxOf(target), score: found.score };
      },
    };
  },
};

function configOf(original: TrTrConfig, { search, mask, memory, cells, layers }: PhotoSettings): TrTrConfig {
  return {
    ...original,
    search: Math.round(search![0]!),
    edges: mask![0]! < 0.5 ? "positions" : "masked",
    online: {
      ...original.online,
      memory: Math.min(original.online.memory, Math.round(memory![0]!)),
      layers: onlineLayers.slice(0, Math.round(layers![0]!)),
      cells: Math.round(cells![0]!) || null,
    },
  };
}

/** In pixels of a frame. */
interface Target {
  centre: readonly [x: number, y: number];
  size: readonly [width: number, height: number];
}

function boxOf({ centre: [x, y], size: [width, height] }: Target): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}
