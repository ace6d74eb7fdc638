import type { PhotoOption, PhotoSettings } from "@epochmark/plugin-kit";
import { UsageError } from "../errors.ts";

/** What is set for every option: as given, or the default. @throws {UsageError} naming the option at fault and what it takes */
export function settingsOf(
  model: string,
  options: Readonly<Record<string, PhotoOption>> = {},
  given: PhotoSettings = {},
): PhotoSettings {
  const names = Object.keys(options);
  for (const [name, numbers] of Object.entries(given)) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) {
      const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
      throw new UsageError(`${model} has no option "${name}": ${known}`, names);
    }
    const { length } = option.default;
    const [from, to] = option.range;
    if (numbers.length !== length || !numbers.every((value) => value >= from && value <= to))
      throw new UsageError(
        `option ${name}=${numbers.join()}: say ${length} number${length === 1 ? "" : "s"} from ${from} to ${to}, ${option.hint} (${option.description})`,
      );
  }
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, given[name] ?? option.default]));
}
