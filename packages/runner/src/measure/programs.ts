import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { compile, type CompileOptions, type Program } from "@epochmark/compiler";
import type { Step, StepRequest } from "@epochmark/plugin-kit";

/** All of a program but its function, which no file can hold. */
type Stored = Omit<Program, "step">;

/**
 * The compiled program of a step. With a folder, the first to ask compiles and keeps it there, and whoever asks
 * again, in any process, reads it: the launches of a case share one trace. The folder belongs to one run, so code
 * cannot change under it. `compileMs` is what compiling took, whoever did it.
 */
export function programOf(step: Step, asked: StepRequest & CompileOptions, folder?: string): Program {
  const path = folder && join(folder, `${hashOf([step.name, asked])}.program`);
  const stored = path && read(path);
  if (stored) return { ...stored, step };
  const program = compile(step, asked);
  if (path) keep(path, program);
  return program;
}

const hashOf = (key: unknown): string => createHash("sha256").update(JSON.stringify(key)).digest("hex");

function read(path: string): Stored | null {
  try {
    return deserialize(readFileSync(path)) as Stored;
  } catch {
    return null;
  }
}

/** Whole or not at all; without it the next launch compiles again, so a full disk is no reason to fail. */
function keep(path: string, { step: _step, ...stored }: Program): void {
  const draft = `${path}.${process.pid}`;
  const bytes = serialize(stored);
  try {
    writeFileSync(draft, bytes);
    renameSync(draft, path);
  } catch {
    rmSync(draft, { force: true });
  }
}
