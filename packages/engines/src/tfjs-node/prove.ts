/**
 * A child process of `bench setup`: loads a tfjs-node that was just made and takes the gradient of a convolution on it
 * and on tfjs's own backend. Prints what libtensorflow says of itself as JSON; ends with an error when the two differ.
 */
import * as tf from "@tensorflow/tfjs";
import { backendName, useBackend } from "./backend.ts";
import { type Source, installationIn } from "./installation.ts";

const [folder = "", source = "wheel", kind = "cpu"] = process.argv.slice(2);
const gpu = kind === "gpu";

/** Largest difference of the two gradients, relative to the largest number: fp32 sums of 144 products. */
const tolerance = 1e-4;

const pattern = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233));

async function gradient(backend: string): Promise<Float32Array> {
  await tf.setBackend(backend);
  const x = tf.tensor4d(pattern(2 * 12 * 12 * 3, 1), [2, 12, 12, 3]);
  const filter = tf.tensor4d(pattern(3 * 3 * 3 * 4, 2), [3, 3, 3, 4]);
  const loss = (w: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.conv2d(x, w as tf.Tensor4D, 1, "same")));
  return tf.grad(loss)(filter).data<"float32">();
}

const installation = installationIn(folder, source as Source, gpu, "");
const loaded = await useBackend(installation, { device: gpu ? "cuda:0" : "cpu", threads: 1 });
const [found, wanted] = [await gradient(backendName), await gradient("cpu")];
const largest = Math.max(...wanted.map(Math.abs));
const off = Math.max(...wanted.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN)))) / largest;
if (!(off < tolerance)) throw new Error(`the gradient of a convolution is off by ${off}`);
process.stdout.write(JSON.stringify(loaded), () => process.exit());
