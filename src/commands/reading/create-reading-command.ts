import { commonFlags, readFlags, type Flags, type ReadFlags } from "../../config/flags.ts";
import { AppError } from "../../core/errors.ts";
import type { Command } from "../command.ts";
import { readFormat } from "../output.ts";
import { formatJson } from "../../text/json-text.ts";
import { createStyle } from "../style.ts";
import { createFilterFlags, toFlagName, type FilterName } from "./filter-flags.ts";
import { readApi } from "./read-api.ts";
import { findServer, type ServerAccess } from "./server.ts";
import type { Item } from "./format.ts";
import type { TableOptions } from "./table.ts";
import type { Millis } from "../../core/time.ts";

const formats = ["table", "json"] as const;

/** The flags of every command that asks a server. */
const readingFlags: Flags = {
  url: { type: "string", value: "<url>", help: "the server, also PIPEGAUGE_URL (http://127.0.0.1:8080)" },
  output: {
    type: "string",
    short: "o",
    value: "<format>",
    words: formats,
    help: "table or json (a table on a terminal, JSON elsewhere)",
  },
  json: { type: "boolean", help: "the same as --output json" },
  table: { type: "boolean", help: "the same as --output table" },
};

/** What a command that asks a server gets. */
export interface ReadingCall {
  readonly server: ServerAccess;
  readonly word: string | undefined;
  readonly flags: ReadFlags;
  /** The filters that were given, as parameters of the read API. */
  readonly query: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly now: Millis;
  readonly env: NodeJS.ProcessEnv;
  readonly options: TableOptions;
  readonly read: (path: string, query?: Readonly<Record<string, string>>) => Promise<Item>;
}

export interface ReadingCommandOptions extends Pick<Command, "name" | "summary" | "words" | "choices" | "examples"> {
  readonly filters?: readonly FilterName[];
  /** What it prints where nothing asks for a format: the document, for a terminal or elsewhere. */
  readonly format?: "table";
  /** Returns the answer as lines for people and as a document for programs. */
  readonly answer: (call: ReadingCall) => Promise<Answer>;
}

export interface Answer {
  readonly lines: () => readonly string[];
  readonly document: Item;
}

/** A command that asks a server's read API; it has no settings of the server. */
export function createReadingCommand({ filters = [], format, answer, ...described }: ReadingCommandOptions): Command {
  const flags = { ...createFilterFlags(filters), ...readingFlags };
  return {
    ...described,
    flags,
    settings: [],
    async run(args, { env }) {
      const read = readFlags(args.map(spellFlag), { ...flags, ...commonFlags }, described.words === undefined ? 0 : 1);
      const server = findServer(read, env);
      const json = wantsJson(read, format);
      const { stdout } = process;
      const { lines, document } = await answer({
        server,
        word: read.words[0],
        flags: read,
        query: pickQuery(read, filters),
        json,
        now: Date.now(),
        env,
        options: { style: createStyle(stdout, env), width: stdout.isTTY ? stdout.columns : undefined },
        read: (path, query) => readApi(server, path, query),
      });
      const text = json ? formatJson(document) : lines().join("\n");
      if (text !== "") stdout.write(`${text}\n`);
      return 0;
    },
  };
}

/** The API's own spelling of a name is understood: `--default_branch`. */
function spellFlag(argument: string): string {
  const [, name = "", rest = ""] = /^(--\w[\w-]*)(.*)$/s.exec(argument) ?? ["", argument];
  return name.startsWith("--") ? toFlagName(name) + rest : argument;
}

function wantsJson({ values }: ReadFlags, fallback: "table" | undefined): boolean {
  const { json, table, output } = values;
  if (json === true && table === true) throw new AppError("usage", "--json and --table exclude each other");
  if (json === true || table === true) return json === true;
  return readFormat(output, formats, fallback ?? (process.stdout.isTTY ? "table" : "json")) === "json";
}

function pickQuery({ values }: ReadFlags, filters: readonly FilterName[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filters.flatMap((name) => {
      const value = values[toFlagName(name)];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
