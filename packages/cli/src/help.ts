import { stripVTControlCharacters } from "node:util";
import { type CommandDef, renderUsage } from "citty";
import type { BenchCommand } from "./command.ts";
import { colorful, colors } from "./terminal.ts";

/** The help of one command; that of a plain `bench` lists the others. */
export async function helpFor(
  word: string,
  command: BenchCommand,
  commands: Record<string, () => Promise<BenchCommand>>,
): Promise<string> {
  const parent: CommandDef = { meta: { name: "bench" } };
  const usage =
    word === ""
      ? await renderUsage({ ...command.definition, subCommands: await definitions(commands) })
      : await renderUsage({ ...command.definition, meta: { ...(await meta(command)), name: word } }, parent);
  const sections = [usage.trimEnd(), section("EXAMPLES", command.examples)];
  if (command.exitCodes) sections.push(section("EXIT CODES", command.exitCodes));
  const text = sections.join("\n\n").replaceAll(/ +$/gm, "");
  return colorful ? text : stripVTControlCharacters(text);
}

async function definitions(commands: Record<string, () => Promise<BenchCommand>>): Promise<Record<string, CommandDef>> {
  const words = Object.keys(commands).filter((word) => word !== "");
  const loaded = await Promise.all(words.map(async (word) => [word, (await commands[word]!()).definition] as const));
  return Object.fromEntries(loaded);
}

async function meta({ definition }: BenchCommand) {
  return typeof definition.meta === "function" ? definition.meta() : definition.meta;
}

function section(title: string, lines: readonly string[]): string {
  return [colors.underline(colors.bold(title)), "", ...lines.map((line) => `  ${line}`)].join("\n");
}
