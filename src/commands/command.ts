import { loadConfig, type Config } from "../config/index.ts";
import { commonFlags, configFlags, readFlags, type Flags, type ReadFlags } from "../config/flags.ts";
import { maskConfig } from "../config/printable.ts";
import { createLog, type Log } from "../log.ts";

/** A subcommand: its description for the help, and its implementation. */
export interface Command {
  readonly name: string;
  /** One line that begins with a verb. */
  readonly summary: string;
  /** Its own flags, besides those that every command has. */
  readonly flags: Flags;
  /** Whole command lines for the help, without the program's name. */
  readonly examples?: readonly string[];
  /** True for a command that reads the settings of the server, and so has their flags as well. */
  readonly usesSettings: boolean;
  /** True where all words, `--help` too, belong to another program that the command calls. */
  readonly passesOn?: (args: readonly string[]) => boolean;
  /** Gets what follows the command's name; resolves to the exit code. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

/** What a command gets from the executable. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  /** Called where the log level is debug: an error that ends the program is then shown with its stack. */
  readonly showStacks: () => void;
}

/** What a command that reads the settings gets. */
export interface SettingsCall {
  readonly config: Config;
  readonly log: Log;
  readonly flags: ReadFlags;
  /** The first word, for a command that takes one. */
  readonly word: string | undefined;
}

interface SettingsCommandOptions extends Pick<Command, "name" | "summary" | "examples"> {
  readonly flags?: Flags;
  /** Whether the first word may be one that is no flag. */
  readonly takesWord?: boolean;
  readonly run: (call: SettingsCall) => number | Promise<number>;
}

/** A command that reads the settings of the server; `--print-config` shows them instead of running it. */
export function createSettingsCommand({
  name,
  summary,
  flags = {},
  examples = [],
  takesWord,
  run,
}: SettingsCommandOptions): Command {
  return {
    name,
    summary,
    flags,
    examples,
    usesSettings: true,
    async run(args, { env, showStacks }) {
      const word = takesWord === true && args[0]?.startsWith("-") === false ? args[0] : undefined;
      const argv = word === undefined ? args : args.slice(1);
      const config = loadConfig({ env, argv, flags });
      if (config.logLevel === "debug") showStacks();
      try {
        const read = readFlags(argv, { ...configFlags, ...commonFlags, ...flags });
        if (read.values["print-config"] !== true)
          return await run({ config, log: createLog(config.logLevel), flags: read, word });
        process.stdout.write(`${JSON.stringify(maskConfig(config), null, 2)}\n`);
        return 0;
      } finally {
        config.close();
      }
    },
  };
}

/** The text of a flag that takes one. */
export function getText({ values }: ReadFlags, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
