import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Photograph, decodeImage } from "./decode.ts";

const FOLDER = fileURLToPath(new URL("../../photographs/", import.meta.url));

let decoded: Promise<Photograph[]> | undefined;

/**
 * The photographs that ship with the project (sources and licences: `photographs/README.md`), in
 * order of file name. Decoded once a process and shared: treat the pixels as read-only.
 * @throws ImageError if one is damaged
 */
export function loadPhotographs(): Promise<Photograph[]> {
  return (decoded ??= decodeAll());
}

async function decodeAll(): Promise<Photograph[]> {
  const names = (await readdir(FOLDER)).filter((name) => /\.(jpg|png|webp)$/.test(name)).toSorted();
  return Promise.all(names.map((name) => decodeImage(FOLDER + name)));
}
