/** The op set that models are written in: TensorFlow.js core, no backend chosen. */
export * as tf from "@tensorflow/tfjs";
