import * as tf from "@tensorflow/tfjs";

type Sides = readonly [before: number, after: number];

/** Rows and columns of zeros around an NHWC image. */
interface Around {
  rows: Sides;
  columns: Sides;
}

type Inputs = Record<string, tf.Tensor4D>;
type Attributes = Record<string, unknown>;
/** The package's own kernel, with other inputs and attributes. */
type Own = (inputs: Inputs, attributes: Attributes) => tf.Tensor4D;

/** How a kernel comes to its result where padding is given in numbers. */
type Rule = (own: Own, inputs: Inputs, attributes: Attributes, around: Around) => tf.Tensor4D;

/** It takes explicit padding, but not one number for all sides. */
const spelledOut: Rule = (own, inputs, attributes, { rows, columns }) =>
  own(inputs, { ...attributes, pad: [[0, 0], rows, columns, [0, 0]] });

/** Without padding on the image that has it already. */
const padded =
  (image: string, value = 0): Rule =>
  (own, inputs, attributes, around) => {
    const larger = pad(inputs[image]!, around, value);
    return own({ ...inputs, [image]: larger }, { ...attributes, pad: "valid" });
  };

/** The gradient of the padded image, without the border. */
const cut: Rule = (own, inputs, attributes, around) => {
  const shape = attributes["inputShape"] as [number, number, number, number];
  return crop(own(inputs, { ...attributes, inputShape: grown(shape, around), pad: "valid" }), shape, around);
};

const paddedAndCut: Rule = (own, inputs, attributes, around) =>
  crop(padded("input", -Infinity)(own, inputs, attributes, around), inputs["input"]!.shape, around);

const rules: Record<string, Rule> = {
  [tf.Conv2D]: spelledOut,
  [tf.Conv2DBackpropInput]: cut,
  [tf.Conv2DBackpropFilter]: padded("x"),
  [tf.DepthwiseConv2dNative]: spelledOut,
  [tf.DepthwiseConv2dNativeBackpropInput]: cut,
  [tf.DepthwiseConv2dNativeBackpropFilter]: padded("x"),
  [tf.MaxPool]: padded("x", -Infinity),
  [tf.MaxPoolGrad]: paddedAndCut,
};

/**
 * tfjs-node's kernels know the paddings `valid` and `same`, and a few explicit ones. Registers kernels in their place
 * that take all that tfjs allows, and leave to the package's own what it can do.
 */
export function takeEveryPadding(backendName: string): void {
  for (const [kernelName, rule] of Object.entries(rules)) {
    const kernel = tf.getKernel(kernelName, backendName);
    if (!kernel) continue;
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (params) => {
        const around = aroundOf(params.attrs?.["pad"]);
        if (around === null) return kernel.kernelFunc(params);
        const own = (inputs: Inputs, attrs: Attributes): tf.Tensor4D =>
          kernel.kernelFunc({ backend: params.backend, inputs, attrs: attrs as never }) as tf.Tensor4D;
        return tf.tidy(() => rule(own, params.inputs as Inputs, params.attrs as Attributes, around));
      },
    });
  }
}

/** Null where the padding is a word. */
function aroundOf(padding: unknown): Around | null {
  if (typeof padding === "number") return { rows: [padding, padding], columns: [padding, padding] };
  if (!Array.isArray(padding)) return null;
  const [, rows, columns] = padding as Sides[];
  return { rows: rows!, columns: columns! };
}

function pad(image: tf.Tensor4D, { rows, columns }: Around, value: number): tf.Tensor4D {
  return tf.pad4d(image, [[0, 0], [...rows], [...columns], [0, 0]], value);
}

function grown([n, height, width, channels]: readonly number[], { rows, columns }: Around): number[] {
  return [n!, height! + rows[0] + rows[1], width! + columns[0] + columns[1], channels!];
}

function crop(image: tf.Tensor4D, shape: [number, number, number, number], { rows, columns }: Around): tf.Tensor4D {
  return tf.slice4d(image, [0, rows[0], columns[0], 0], shape);
}
