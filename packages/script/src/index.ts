/** How the commands of epochmark's developers (`pnpm psnr`, `pnpm tables`) read what is typed after them. */
import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

export interface Script<Given extends Options> {
  /** What `pnpm` calls it. */
  name: string;
  /** Printed by `--help`: what it does, its words and options, examples. */
  help: string;
  options?: Given;
  /** Whether it takes words besides its options. */
  takesWords?: boolean;
}

/**
 * The options and words of this process. Ends it when they ask for help (exit code 0), and with one line when one is not
 * understood (2), as `count` and `refuse` do.
 */
export function scriptWords<const Given extends Options = Record<never, never>>({
  name,
  help,
  options = {} as Given,
  takesWords = false,
}: Script<Given>) {
  const refuse = (reason: string): never => {
    process.stderr.write(`${name}: ${reason}; see pnpm run ${name} --help\n`);
    process.exit(2);
  };
  // pnpm hands on the "--" that ends its own options.
  const args = process.argv.slice(2).filter((word) => word !== "--");
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${help.trim()}\n`);
    process.exit(0);
  }
  const parsed = parse(args, options, refuse);
  const [word] = parsed.positionals;
  if (word !== undefined && !takesWords) refuse(`"${word}" is not understood: it takes options only`);
  /** A whole number from 1 on that was typed after an option. */
  const count = (option: keyof Given & string): number => {
    const typed = String((parsed.values as Record<string, unknown>)[option]);
    if (/^[1-9]\d*$/.test(typed) && Number.isSafeInteger(Number(typed))) return Number(typed);
    return refuse(`--${option} "${typed}": say a whole number from 1 on`);
  };
  return { ...parsed, count, refuse };
}

function parse<Given extends Options>(args: string[], options: Given, refuse: (reason: string) => never) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    return refuse((cause as Error).message.split(/\. |\n/)[0] ?? "");
  }
}
