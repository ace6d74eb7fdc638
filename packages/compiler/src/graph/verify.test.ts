import { describe, expect, test } from "vitest";
import { type Graph, GraphBuilder, type Named, type Node, type Value, newValue } from "./graph.ts";
import { VerifyError, verify } from "./verify.ts";

/** y = relu(x + w), w next = x * 2: a whole graph to break in one place at a time. */
function whole(): Graph & { x: Value; w: Value; two: Value; sum: Node; relu: Node; product: Node } {
  const builder = new GraphBuilder();
  const [x, w] = [newValue([2, 3], "float32"), newValue([2, 3], "float32")];
  const two = builder.scalar(2);
  builder.kernel = "Add";
  const sum = builder.op("Add", [x, w]);
  builder.kernel = "Relu";
  const relu = builder.op("Relu", [sum]);
  builder.kernel = "";
  const product = builder.op("Mul", [x, two]);
  const [first, second, third] = builder.nodes as [Node, Node, Node];
  return {
    inputs: [{ name: "x", value: x }],
    state: [{ name: "w", value: w }],
    constants: builder.constants,
    nodes: builder.nodes,
    outputs: [{ name: "y", value: relu }],
    updates: [{ name: "w", value: product }],
    x,
    w,
    two,
    sum: first,
    relu: second,
    product: third,
  };
}

type Whole = ReturnType<typeof whole>;
const named = (name: string, shape: number[] = [2, 3], dtype: "float32" | "int32" = "float32"): Named => ({
  name,
  value: newValue(shape, dtype),
});

const broken: Record<string, [(graph: Whole) => Partial<Graph>, string]> = {
  "a node before the one that makes its input": [
    ({ sum, relu, product }) => ({ nodes: [relu, sum, product] }),
    "node 0 (Relu from Relu) uses value # [2,3] before it is made",
  ],
  "a node whose input nothing makes": [
    ({ relu, product }) => ({ nodes: [relu, product] }),
    "node 0 (Relu from Relu) uses value # [2,3] before it is made",
  ],
  "a node that is there twice": [
    ({ sum, relu, product }) => ({ nodes: [sum, relu, sum, product] }),
    "node 2 (Add from Add) makes value # a second time",
  ],
  "a node that makes an input": [
    ({ sum, relu, product, x }) => ({ nodes: [sum, relu, { ...product, output: x }] }),
    "node 2 (Mul from a pass) makes value # a second time",
  ],
  "a constant that is an input too": [
    ({ x, two }) => ({
      constants: new Map([
        [two, 2],
        [x, 1],
      ]),
    }),
    "a constant makes value # a second time",
  ],
  "a state tensor that is an input too": [
    ({ x }) => ({ state: [{ name: "w", value: x }] }),
    "w makes value # a second time",
  ],
  "a node with a shape that its operation does not give": [
    ({ sum, relu, product }) => ({ nodes: [sum, { ...relu, output: newValue([3, 2], "float32") }, product] }),
    "node 1 (Relu from Relu) should give float32 [2,3], says float32 [3,2]",
  ],
  "a node with a type that its operation does not give": [
    ({ sum, relu, product }) => ({ nodes: [sum, { ...relu, output: newValue([2, 3], "int32") }, product] }),
    "node 1 (Relu from Relu) should give float32 [2,3], says int32 [2,3]",
  ],
  "a node whose inputs do not fit": [
    ({ sum, relu, product, x }) => {
      const odd = newValue([4, 3], "float32");
      return {
        inputs: [
          { name: "x", value: x },
          { name: "odd", value: odd },
        ],
        nodes: [{ ...sum, inputs: [x, odd] }, relu, product],
      };
    },
    "node 0 (Add from Add): shapes [2,3] and [4,3] do not broadcast",
  ],
  "a node that lacks an input": [
    ({ sum, relu, product, x }) => ({ nodes: [{ ...sum, inputs: [x] }, relu, product] }),
    "node 0 (Add from Add): input 1 is missing (there are 1)",
  ],
  "a constant that holds too little": [
    ({ two, nodes }) => {
      const short = newValue([4], "float32");
      return {
        constants: new Map<Value, number | Float32Array>([
          [two, 2],
          [short, new Float32Array(3)],
        ]),
        nodes,
      };
    },
    "a constant of [4] holds 3 numbers",
  ],
  "an output that nothing makes": [() => ({ outputs: [named("y")] }), "output y uses value # [2,3] before it is made"],
  "an update that nothing makes": [
    () => ({ updates: [named("w")] }),
    "update of w uses value # [2,3] before it is made",
  ],
  "an update of another shape": [
    ({ two }) => ({ updates: [{ name: "w", value: two }] }),
    "update of w has float32 [], the state has float32 [2,3]",
  ],
  "an update of another type": [
    () => {
      const count = named("count", [2, 3], "int32");
      return {
        inputs: [count],
        state: [named("w")],
        nodes: [],
        outputs: [],
        updates: [{ name: "w", value: count.value }],
      };
    },
    "update of w has int32 [2,3], the state has float32 [2,3]",
  ],
  "an update of no state": [
    ({ relu }) => ({ updates: [{ name: "v", value: relu.output }] }),
    "update of v has no state",
  ],
  "an input and a state tensor of one name": [
    ({ w }) => ({ state: [{ name: "x", value: w }], updates: [] }),
    "the name x is used twice",
  ],
  "two outputs of one name": [
    ({ relu, sum }) => ({
      outputs: [
        { name: "y", value: relu.output },
        { name: "y", value: sum.output },
      ],
    }),
    "the name y is used twice",
  ],
  "two updates of one name": [
    ({ relu, product }) => ({
      updates: [
        { name: "w", value: relu.output },
        { name: "w", value: product.output },
      ],
    }),
    "the name w is used twice",
  ],
};

describe("verify", () => {
  test("lets a whole graph pass", () => expect(() => verify(whole(), "a test")).not.toThrow());

  test.each(Object.keys(broken))("refuses %s", (name) => {
    const [change, message] = broken[name] as (typeof broken)[string];
    const graph = whole();
    let error: unknown;
    try {
      verify({ ...graph, ...change(graph) }, "a test");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(VerifyError);
    expect((error as Error).message.replace(/value \d+/, "value #")).toBe(`after a test: ${message}`);
  });
});
