import { tf } from "../tf.ts";

/** Chooses TensorFlow.js's own CPU backend, without its greeting. */
export async function useCpu(): Promise<void> {
  tf.enableProdMode();
  await tf.setBackend("cpu");
}
