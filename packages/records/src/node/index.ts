export { RecordWriteError } from "./write-error.ts";
export { RunFileWriter } from "./writer.ts";
