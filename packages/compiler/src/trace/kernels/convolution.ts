import { backend_util } from "@tensorflow/tfjs";
import type { Attributes, Value } from "../../graph/graph.ts";
import type { KernelAttributes, KernelRules, Recorder } from "../recorder.ts";
import { padsOf } from "./windows.ts";

// tfjs images are NHWC and filters HWIO; the graph's convolutions are ONNX's NCHW and OIHW.
// The transposes that this puts around every convolution cancel in a later pass.
const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];
const hwioToOihw = [3, 2, 0, 1];
const oihwToHwio = [2, 3, 1, 0];

type Info = backend_util.Conv2DInfo;

function attributesOf(geometry: Info, group = 1): Attributes {
  return {
    strides: [geometry.strideHeight, geometry.strideWidth],
    dilations: [geometry.dilationHeight, geometry.dilationWidth],
    pads: padsOf(geometry),
    group,
  };
}

const formatOf = (attributes: KernelAttributes): "channelsLast" | "channelsFirst" =>
  backend_util.convertConv2DDataFormat(attributes["dataFormat"] ?? "NHWC");

const shape4 = (shape: readonly number[]): [number, number, number, number] =>
  shape as [number, number, number, number];

/** Geometry of a convolution from tfjs's attributes. */
function info(x: readonly number[], filter: readonly number[], attributes: KernelAttributes, depthwise = false): Info {
  const { strides, pad, dilations, dimRoundingMode } = attributes;
  return backend_util.computeConv2DInfo(
    shape4(x),
    shape4(filter),
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    formatOf(attributes),
  );
}

const nchw = (g: Recorder, x: Value, attributes: KernelAttributes): Value =>
  formatOf(attributes) === "channelsLast" ? g.transpose(x, toNchw) : x;
const back = (g: Recorder, x: Value, attributes: KernelAttributes): Value =>
  formatOf(attributes) === "channelsLast" ? g.transpose(x, toNhwc) : x;
const nchwShape = (i: Info): number[] => [i.batchSize, i.inChannels, i.inHeight, i.inWidth];

/** The gradient of the result in NCHW. Like tfjs, takes of one that is too large the part that belongs to a result. */
function resultGradient(g: Recorder, dy: Value, attributes: KernelAttributes, i: Info): Value {
  const turned = nchw(g, dy, attributes);
  const sizes = [i.batchSize, i.outChannels, i.outHeight, i.outWidth];
  return turned.shape.every((n, axis) => n === sizes[axis]) ? turned : g.slice(turned, [0, 0, 0, 0], sizes);
}

/** Depthwise filter [h, w, C, multiplier] as grouped OIHW [C * multiplier, 1, h, w]. */
function depthwiseFilter(g: Recorder, filter: Value, i: Info): Value {
  return g.reshape(g.transpose(filter, [2, 3, 0, 1]), [i.outChannels, 1, i.filterHeight, i.filterWidth]);
}

/** Two-dimensional convolutions with their two gradients. */
export const convolution: KernelRules = {
  Conv2D: (g, inputs, attributes) => {
    const [x, filter] = [inputs.get("x"), inputs.get("filter")];
    const i = info(x.shape, filter.shape, attributes);
    const y = g.op("Conv", [nchw(g, x, attributes), g.transpose(filter, hwioToOihw)], attributesOf(i));
    return back(g, y, attributes);
  },
  Conv2DBackpropFilter: (g, inputs, attributes) => {
    const [x, dy] = [inputs.get("x"), inputs.get("dy")];
    const i = info(x.shape, attributes["filterShape"], attributes);
    const filterShape = [i.outChannels, i.inChannels, i.filterHeight, i.filterWidth];
    const dw = g.op("ConvFilterGrad", [nchw(g, x, attributes), resultGradient(g, dy, attributes, i)], {
      ...attributesOf(i),
      filterShape,
      ...(attributes["secondOrder"] && { secondOrder: true }),
    });
    return g.transpose(dw, oihwToHwio);
  },
  Conv2DBackpropInput: (g, inputs, attributes) => {
    const [dy, filter] = [inputs.get("dy"), inputs.get("filter")];
    const i = info(attributes["inputShape"], filter.shape, attributes);
    const dx = g.op("ConvInputGrad", [resultGradient(g, dy, attributes, i), g.transpose(filter, hwioToOihw)], {
      ...attributesOf(i),
      inputShape: nchwShape(i),
    });
    return back(g, dx, attributes);
  },
  DepthwiseConv2dNative: (g, inputs, attributes) => {
    const [x, filter] = [inputs.get("x"), inputs.get("filter")];
    const i = info(x.shape, filter.shape, attributes, true);
    return back(
      g,
      g.op("Conv", [nchw(g, x, attributes), depthwiseFilter(g, filter, i)], attributesOf(i, i.inChannels)),
      attributes,
    );
  },
  DepthwiseConv2dNativeBackpropFilter: (g, inputs, attributes) => {
    const [x, dy] = [inputs.get("x"), inputs.get("dy")];
    const i = info(x.shape, attributes["filterShape"], attributes, true);
    const filterShape = [i.outChannels, 1, i.filterHeight, i.filterWidth];
    const dw = g.op("ConvFilterGrad", [nchw(g, x, attributes), resultGradient(g, dy, attributes, i)], {
      ...attributesOf(i, i.inChannels),
      filterShape,
    });
    return g.transpose(
      g.reshape(dw, [i.inChannels, i.outChannels / i.inChannels, i.filterHeight, i.filterWidth]),
      [2, 3, 0, 1],
    );
  },
  DepthwiseConv2dNativeBackpropInput: (g, inputs, attributes) => {
    const [dy, filter] = [inputs.get("dy"), inputs.get("filter")];
    const i = info(attributes["inputShape"], filter.shape, attributes, true);
    const dx = g.op("ConvInputGrad", [resultGradient(g, dy, attributes, i), depthwiseFilter(g, filter, i)], {
      ...attributesOf(i, i.inChannels),
      inputShape: nchwShape(i),
    });
    return back(g, dx, attributes);
  },
};
