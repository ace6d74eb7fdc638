#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { runCommand } from "citty";
import { exit } from "./command.ts";
import { commands } from "./commands/index.ts";
import { helpFor } from "./help.ts";
import { outliveClosedPipes, note, print } from "./terminal.ts";
import { WordError, checkedWords, nearest } from "./words.ts";

/** Errors of ours whose message is written for the person at the keyboard: something that was asked cannot be done. */
const expected = new Set([
  "WordError",
  "UsageError",
  "PlannerError",
  "PluginError",
  "CheckpointError",
  "DatasetError",
  "ImageError",
  "RecordError",
  "RecordWriteError",
  "UnsupportedError",
  "SetupError",
]);

/** Runs `bench` with these words and returns its exit code. */
async function bench(argv: readonly string[]): Promise<number> {
  // `pnpm bench -- --fast` passes the dashes on.
  const words = argv[0] === "--" ? argv.slice(1) : argv;
  const named = words[0] !== undefined && !words[0].startsWith("-");
  const word = named ? words[0]! : "";
  const rest = named ? words.slice(1) : words;
  if (word === "" && rest.length === 1 && rest[0] === "--version") {
    print(version());
    return exit.ok;
  }
  if (word === "help") return bench([...rest, "--help"]);
  const load = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (!load) throw unknownCommand(word);
  const command = await load();
  const end = rest.includes("--") ? rest.indexOf("--") : rest.length;
  if (rest.slice(0, end).some((each) => each === "--help" || each === "-h")) {
    print(await helpFor(word, command, commands));
    return exit.ok;
  }
  const { definition } = command;
  const args = typeof definition.args === "function" ? await definition.args() : await definition.args;
  const { result } = await runCommand(definition, { rawArgs: checkedWords(word, rest, args ?? {}) });
  return result as number;
}

function unknownCommand(word: string): WordError {
  if (word.includes("/")) return new WordError(`unknown command "${word}": did you mean bench run ${word}?`);
  const near = nearest(
    word,
    Object.keys(commands).filter((each) => each !== ""),
  );
  return new WordError(`unknown command "${word}": ${near ? `did you mean ${near}?` : "see bench --help"}`);
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}

/** One line on standard error, and the stack for who asked. Returns the exit code. */
function report(error: unknown, verbose: boolean): number {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const known = expected.has(name);
  const line = message.split("\n")[0]!;
  note(known ? `bench: ${line}` : `bench: ${line} (${name}: an error of the program; --verbose shows where)`);
  if (verbose && stack) note(stack);
  return known ? exit.misused : exit.failed;
}

outliveClosedPipes();
const argv = process.argv.slice(2);
process.exitCode = await bench(argv).catch((error: unknown) => report(error, argv.includes("--verbose")));
// Engines may leave threads and timers behind: end when what was printed has left.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));
