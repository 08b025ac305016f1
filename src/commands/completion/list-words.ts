import { commonFlags, configFlags, type Flag } from "../../config/flags.ts";
import type { Command } from "../command.ts";
import { name as program } from "../../version.ts";

export { program };

/** A flag as a shell completes it: `--output` or `-o`. */
export interface CompletedFlag {
  readonly name: string;
  readonly spelling: string;
  readonly flag: Flag;
}

/** The flags that make a difference to a command, in the order of the help. */
export function listFlags({ flags, settings }: Command): readonly CompletedFlag[] {
  const shared = Object.entries(configFlags).filter(([name]) => settings.includes(name));
  return [...Object.entries(flags), ...shared, ...Object.entries(commonFlags)].map(([name, flag]) => {
    return { name, spelling: `--${name}`, flag };
  });
}

/** All spellings of flags that take a value, in any command. */
export function listValueFlags(commands: readonly Command[]): readonly string[] {
  const spellings = commands.flatMap(listFlags).flatMap(({ spelling, flag: { type, short } }) => {
    if (type !== "string") return [];
    return short === undefined ? [spelling] : [spelling, `-${short}`];
  });
  return [...new Set(spellings)];
}

/** A flag whose values are words or paths. */
export interface CompletedValue {
  /** Its spellings: `--output|-o`. */
  readonly pattern: string;
  readonly words: readonly string[] | "files";
}

export function listValues(command: Command): readonly CompletedValue[] {
  return listFlags(command).flatMap(({ spelling, flag: { short, words, isPath } }): CompletedValue[] => {
    const pattern = short === undefined ? spelling : `${spelling}|-${short}`;
    if (isPath === true) return [{ pattern, words: "files" }];
    return words === undefined ? [] : [{ pattern, words }];
  });
}

/** What may stand as the first word of a command. */
export function listChoices(command: Command, commands: readonly Command[]): readonly string[] {
  return command.name === "help" ? commands.map(({ name }) => name) : (command.choices ?? []);
}
