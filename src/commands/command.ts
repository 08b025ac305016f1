import { loadConfig, type Config } from "../config/index.ts";
import { commonFlags, configFlags, readFlags, type Flags, type ReadFlags } from "../config/flags.ts";
import { maskConfig } from "../config/printable.ts";
import { createLog, openLogStream, type Log, type streams } from "../log.ts";
import { createStyle, type Colour } from "./style.ts";

/** A subcommand: its description for the help, the completions and the documentation, and its implementation. */
export interface Command {
  readonly name: string;
  /** One line that begins with a verb. */
  readonly summary: string;
  /** What stands after the name besides flags: `<name>`. */
  readonly words?: string;
  /** The values that the first word may have, where they are few. */
  readonly choices?: readonly string[];
  /** Its own flags, besides those that every command has. */
  readonly flags: Flags;
  /** One to three command lines for the help, without the program's name. */
  readonly examples: readonly string[];
  /** The page that explains it; by default its part of docs/command-line.md. */
  readonly docs?: string;
  /** The flags of settings that make a difference to it: the help shows these. None: it does not read the settings of the server. */
  readonly settings: readonly string[];
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
  /** All commands, in the order of the help. */
  readonly commands: readonly Command[];
}

/** What a command that reads the settings gets. */
export interface SettingsCall {
  readonly config: Config;
  readonly log: Log;
  readonly flags: ReadFlags;
  /** The first word, for a command that takes one. */
  readonly word: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** The flags of settings that make a difference to a command that opens the database. */
export const databaseSettings = ["database-url", "config", "log-level", "log-format", "print-config"] as const;

interface SettingsCommandOptions extends Pick<Command, "name" | "summary" | "words" | "choices" | "examples" | "docs"> {
  readonly flags?: Flags;
  readonly settings?: readonly string[];
  /** Where its log goes: a server logs on stdout; a command prints its result there. */
  readonly logsTo?: keyof typeof streams;
  readonly run: (call: SettingsCall) => number | Promise<number>;
}

/** A command that reads the settings of the server; `--print-config` shows them instead of running it. */
export function createSettingsCommand({
  flags = {},
  settings = Object.keys(configFlags),
  logsTo = "stderr",
  run,
  ...described
}: SettingsCommandOptions): Command {
  const wordsMax = described.words === undefined ? 0 : 1;
  return {
    ...described,
    flags,
    settings,
    async run(argv, { env, showStacks }) {
      const config = loadConfig({ env, argv, flags, wordsMax });
      if (config.logLevel === "debug") showStacks();
      try {
        const read = readFlags(argv, { ...configFlags, ...commonFlags, ...flags }, wordsMax);
        const [word] = read.words;
        if (read.values["print-config"] !== true)
          return await run({ config, log: openLog(config, logsTo, env), flags: read, word, env });
        process.stdout.write(`${JSON.stringify(maskConfig(config), null, 2)}\n`);
        return 0;
      } finally {
        config.close();
      }
    },
  };
}

function openLog({ logLevel, logFormat }: Config, name: keyof typeof streams, env: NodeJS.ProcessEnv): Log {
  const { paint } = createStyle(process[name], env);
  const colours: Readonly<Record<string, Colour>> = { error: "red", warn: "yellow", info: "green", debug: "faint" };
  return createLog(
    logLevel,
    openLogStream(name, logFormat, (level, text) => paint(colours[level] ?? "faint", text)),
  );
}

/** The text of a flag that takes one. */
export function getText({ values }: ReadFlags, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
