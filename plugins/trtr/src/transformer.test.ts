import { initialState, makeStep, Random, type Scope, type Tensors } from "@epochmark/plugin-kit";
import { relativeError, runEagerly } from "@epochmark/plugin-kit/testing";
import { expect, it } from "vitest";
import { decoderLayer, encoderLayer } from "./transformer.ts";

const [dim, visible] = [8, [0, 2, 3]];
const options = { dim, heads: 2, feedForward: 16, normEpsilon: 1e-5 };

/** An encoder layer over some tokens, and a decoder layer that looks at them and at the memory. */
function network(tokens: number, masked: boolean) {
  const float = (name: string, shape: number[]) => ({ name, shape, dtype: "float32" as const });
  return {
    id: "layers",
    configs: { tiny: {}, full: {} },
    configure: () => ({}),
    build(scope: Scope) {
      const [encoder, decoder] = [encoderLayer(scope.at("e"), options), decoderLayer(scope.at("d"), options)];
      return {
        infer: {
          inputs: () => [
            float("x", [1, tokens, dim]),
            float("positions", [tokens, dim]),
            ...(masked ? [float("inside", [tokens])] : []),
          ],
          run({ x, positions, inside }: Tensors) {
            const image = { x: x!, positions: positions!, inside };
            const memory = encoder(image, (y) => y);
            return { memory, decoded: decoder(image, { ...image, x: memory }, (y) => y) };
          },
        },
      };
    },
  };
}

it("attention with a mask is attention among the tokens inside alone", async () => {
  const random = new Random(3);
  const [x, positions] = [random.normals(4 * dim), random.normals(4 * dim)];
  const step = (tokens: number, masked: boolean) =>
    makeStep(network(tokens, masked), { phase: "infer", size: "tiny", batch: 1 });
  const state = initialState(step(4, true).state, 1);
  const few = (of: Float32Array) => Float32Array.from(visible.flatMap((k) => [...of.subarray(k * dim, (k + 1) * dim)]));
  const alone = await runEagerly(step(3, false), state, { x: few(x), positions: few(positions) });
  const all = await runEagerly(step(4, true), state, { x, positions, inside: Float32Array.of(1, 0, 1, 1) });
  const open = await runEagerly(step(4, true), state, { x, positions, inside: Float32Array.of(1, 1, 1, 1) });
  for (const name of ["memory", "decoded"]) {
    const wanted = alone.outputs[name]!;
    expect(relativeError(few(all.outputs[name] as Float32Array), wanted)).toBeLessThan(1e-5);
    expect(relativeError(few(open.outputs[name] as Float32Array), wanted)).toBeGreaterThan(1e-3);
  }
});
