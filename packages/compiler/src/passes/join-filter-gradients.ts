import { type Attributes, type Graph, type Node, sizeOf, type Value } from "../graph/graph.ts";
import { at, list, sameShape } from "../graph/shape.ts";
import { type Rewrite, rewrite } from "./rewrite.ts";

/**
 * The gradients of a filter that was used on several batches, and that are only added, become the gradient over all
 * of the batches at once, where those are smaller than the filter: one product and one new layout instead of several.
 */
export function joinFilterGradients(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    if (node.op !== "Add") return undefined;
    const [first, second] = node.inputs.map((input) => summand(input, context));
    if (!first || !second || first === second || !alike(first, second)) return undefined;
    const joined = (index: number): Value => {
      const parts = [first, second].flatMap(({ inputs }) => partsOf(at(inputs, index), context));
      return context.op("Concat", parts, { axis: 0 });
    };
    return context.op("ConvFilterGrad", [joined(0), joined(1)], geometryOf(first));
  });
}

/** The filter's gradient behind a value that nothing else reads, where its images are small. */
function summand(value: Value, { producer, uses }: Rewrite): Node | undefined {
  const node = producer(value);
  if (node?.op !== "ConvFilterGrad" || uses(value) !== 1 || node.attributes["group"] !== 1) return undefined;
  const images = sizeOf(at(node.inputs, 0).shape) + sizeOf(at(node.inputs, 1).shape);
  return images <= sizeOf(list(node.attributes, "filterShape")) ? node : undefined;
}

/** The same convolution of images of the same size, on batches of any. */
const alike = (a: Node, b: Node): boolean =>
  JSON.stringify(geometryOf(a)) === JSON.stringify(geometryOf(b)) &&
  [0, 1].every((i) => sameShape(at(a.inputs, i).shape.slice(1), at(b.inputs, i).shape.slice(1)));

/** What the value depends on: `secondOrder` only says what PyTorch would compute. */
const geometryOf = ({ attributes: { strides, dilations, pads, group, filterShape } }: Node): Attributes =>
  ({ strides, dilations, pads, group, filterShape }) as Attributes;

/** The batches that are joined in a value. */
function partsOf(value: Value, { producer }: Rewrite): readonly Value[] {
  const node = producer(value);
  return node?.op === "Concat" && node.attributes["axis"] === 0 ? node.inputs : [value];
}
