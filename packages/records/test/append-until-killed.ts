// Started by writer.test.ts as a process of its own: writes run after run into the folder it is given and tells on
// standard output what is safe, until it is killed or a write fails.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { newRunId, runFilePath } from "../src/names.ts";
import { RecordWriteError } from "../src/node/write-error.ts";
import { RunFileWriter } from "../src/node/writer.ts";
import { exampleCase, exampleRunFile } from "../src/testing.ts";

const [results = "."] = process.argv.slice(2);

try {
  for (;;) {
    const initial = await exampleRunFile({ id: newRunId(), cases: [], finishedAt: null });
    const writer = await RunFileWriter.create(join(results, runFilePath(initial)), initial);
    writeSync(1, `${writer.path} 0\n`);
    for (let i = 0; i < 6; i += 1) {
      await writer.append(exampleCase({ model: `model-${i}` }));
      writeSync(1, `${writer.path} ${i + 1}\n`);
    }
    await writer.finish("2026-09-01T10:05:00.000Z");
  }
} catch (error) {
  if (!(error instanceof RecordWriteError)) throw error;
  writeSync(1, `${JSON.stringify({ code: error.code, folder: error.folder, message: error.message })}\n`);
}
