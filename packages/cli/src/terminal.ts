import Table from "cli-table3";
import pico from "picocolors";

const plain = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== "";
const dumb = process.env.TERM === "dumb";

export const colorful: boolean = Boolean(process.stdout.isTTY) && !plain && !dumb;

/** Colours on a terminal, the bare text elsewhere. */
export const colors = pico.createColors(colorful);

/** One line, or several, to standard output. */
export function print(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** To standard error: what is no part of the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export interface Column {
  title: string;
  align?: "left" | "right";
}

/** A table without frames: rows can be copied, grepped and read aloud. */
export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  const table = new Table({
    head: columns.map(({ title }) => colors.bold(title)),
    colAligns: columns.map(({ align }) => align ?? "left"),
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "  ",
    },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  for (const line of table.toString().split("\n")) print(line.trimEnd());
}

/** A closed pipe (`bench list | head`) is the reader's choice and no error: what follows is dropped. */
export function outliveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
