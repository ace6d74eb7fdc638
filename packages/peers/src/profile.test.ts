import { expect, test } from "vitest";
import { describeShares, sharesOf } from "./profile.ts";

test("sorts both sides' operations into the same kinds", () => {
  const ours = sharesOf([{ operatorMs: { Conv: 4, FusedMatMul: 2, ReduceMean: 1, Transpose: 1, Mul: 1, Erf: 1 } }]);
  const theirs = sharesOf([
    {
      operatorMs: {
        "aten::mkldnn_convolution": 4,
        "aten::addmm": 2,
        "aten::native_batch_norm": 1,
        "aten::copy_": 1,
        "aten::mul": 1,
        "aten::gelu": 1,
        "autograd::engine::evaluate_function: ConvolutionBackward0": 100,
      },
    },
  ]);
  expect(ours).toEqual(theirs);
  expect(describeShares(ours)).toBe(
    "convolutions 40 %, matrix products 20 %, arithmetic by element 20 %, norms, sums and pools 10 %, copies and layout 10 %",
  );
});

test("says where a side told nothing", () => expect(describeShares(sharesOf([{ operatorMs: {} }]))).toBe("not told"));
