import { commonFlags, configFlags, type Flags } from "../config/flags.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import type { Command } from "./command.ts";

/** A command line: the flags before the command's name, the name, and what follows it. */
export interface CommandLine {
  readonly before: readonly string[];
  /** `undefined`: no command is named. */
  readonly name: string | undefined;
  readonly after: readonly string[];
}

/** The first word that is neither a flag nor the value of a flag names the command. */
export function splitCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  const flags = gatherFlags(commands);
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    if (!argument.startsWith("-")) return { before: argv.slice(0, i), name: argument, after: argv.slice(i + 1) };
    const [, name = "", given] = /^--?([^=]*)(=.*)?$/s.exec(argument) ?? [];
    // What follows an unknown flag is more probably its value than a command.
    if (given === undefined && !Object.hasOwn(flags, name)) break;
    if (given === undefined && flags[name]?.type === "string") i++;
  }
  return { before: argv, name: undefined, after: [] };
}

/** The flags of all commands, by their names and letters. One name has the same type everywhere. */
function gatherFlags(commands: readonly Command[]): Flags {
  const named = [configFlags, commonFlags, ...commands.map(({ flags }) => flags)].flatMap(
    Object.entries<Flags[string]>,
  );
  return Object.fromEntries([
    ...named.flatMap(([, flag]) => (flag.short === undefined ? [] : [[flag.short, flag] as const])),
    ...named,
  ]);
}

export function describeUnknownCommand(given: string, commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const meant = didYouMean(given, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  return `${JSON.stringify(given.slice(0, 60))} is not a command: ${hint}`;
}
