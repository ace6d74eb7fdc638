export { writeAtomically } from "./atomic.ts";
export { findRunFiles, readRunFile } from "./read.ts";
export { RecordWriteError } from "./write-error.ts";
export { RunFileWriter } from "./writer.ts";
export { makeFolder } from "./make-folder.ts";
