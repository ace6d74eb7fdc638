export { type CropOptions, centerCrop, randomResizedCrop } from "./crop.ts";
export { DatasetError, listFolder, trainingFolder } from "./dataset.ts";
export { type Photograph, decodeImage } from "./decode.ts";
export {
  cutOut,
  flipped,
  medianFiltered,
  modulated,
  recompressed,
  relevelled,
  remapped,
  sharpened,
  transposed,
} from "./edit.ts";
export { encodePng } from "./encode.ts";
export { ImageError } from "./error.ts";
export { loadPhotographs } from "./photographs.ts";
export { type Normalisation, denormalise, normalise } from "./pixels.ts";
export { resize } from "./resize.ts";
export { stack } from "./stack.ts";
export { normalImages, uniformImages } from "./synthetic.ts";
