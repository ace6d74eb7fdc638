export { type CropOptions, type Normalisation, centerCrop, randomResizedCrop } from "./crop.ts";
export { type Photograph, decodeImage } from "./decode.ts";
export { ImageError } from "./error.ts";
export { loadPhotographs } from "./photographs.ts";
export { normalImages, uniformImages } from "./synthetic.ts";
