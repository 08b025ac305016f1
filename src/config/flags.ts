import { parseArgs } from "node:util";
import { logFormats, logLevels } from "../log.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import { quote } from "../text/quote.ts";

export interface Flag {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** The placeholder of its value in the help. */
  readonly value?: string;
  /** The values that it may have, where they are few. */
  readonly words?: readonly string[];
  /** Its value is a path: completions offer files. */
  readonly isPath?: true;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** The flags of every command that reads the configuration. */
export const configFlags: Flags = {
  host: {
    type: "string",
    value: "<address>",
    help: "address to listen on (127.0.0.1; 0.0.0.0 once there is a secret)",
  },
  port: { type: "string", value: "<number>", help: "port to listen on (8080)" },
  "database-url": { type: "string", value: "<url>", help: "sqlite:<path> or postgres://… (sqlite:./pipegauge.db)" },
  config: { type: "string", value: "<file>", isPath: true, help: "YAML file with further settings" },
  "log-level": {
    type: "string",
    value: "<level>",
    words: logLevels,
    help: "silent, error, warn, info or debug (info)",
  },
  "log-format": {
    type: "string",
    value: "<format>",
    words: logFormats,
    help: "json, text or auto: text on a terminal (auto)",
  },
  "print-config": { type: "boolean", help: "print the settings in force, secrets masked, and exit" },
};

/** The flags of every command. */
export const commonFlags: Flags = {
  help: { type: "boolean", short: "h", help: "print this help and exit" },
  version: { type: "boolean", short: "V", help: "print the version and exit" },
};

export interface ReadFlags {
  /** The text of a flag that takes one, `true` for the others. */
  readonly values: Readonly<Record<string, string | true | undefined>>;
  /** What stands there besides flags, in order. */
  readonly words: readonly string[];
  readonly faults: readonly string[];
}

/** Reads flags, and up to `wordsMax` words besides them; when a flag is given twice, the last one counts. */
export function readFlags(args: readonly string[], flags: Flags, wordsMax = 0): ReadFlags {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | true> = {};
  const words: string[] = [];
  const faults: string[] = [];
  let faultyAt = Number.NaN;
  for (const token of tokens) {
    if (token.kind === "option") {
      const fault = describeFault(token, flags);
      if (fault === undefined) values[token.name] = token.value ?? true;
      else faults.push(fault);
      faultyAt = fault === undefined ? Number.NaN : token.index;
    } else if (token.kind === "positional" && token.index !== faultyAt + 1) {
      // The argument after an unknown flag is most probably its value.
      if (words.length < wordsMax) words.push(token.value);
      else faults.push(`${quote(token.value)} is an unexpected argument`);
    }
  }
  return { values, words, faults };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function describeFault({ name, rawName, value, inlineValue }: OptionToken, flags: Flags): string | undefined {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) {
    const meant = didYouMean(name, Object.keys(flags));
    return `${rawName} is not a flag: ${meant === undefined ? "see --help" : `did you mean --${meant}?`}`;
  }
  if (flag.type === "boolean") return value === undefined ? undefined : `${rawName} takes no value`;
  // A value that looks like a flag means that the value was forgotten, unless it follows an equals sign.
  const missing = value === undefined || value === "" || (inlineValue !== true && value.startsWith("-"));
  return missing ? `${rawName} needs a value: ${rawName} ${flag.value ?? "<value>"}` : undefined;
}
