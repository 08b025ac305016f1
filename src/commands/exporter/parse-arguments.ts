import type { Flags } from "../../config/flags.ts";

/** What `pipegauge exporter` was asked to do. Exact words only: an abbreviation could be the exporter's own option. */
export interface ExporterCall {
  /** `undefined`: none was named. */
  readonly name: string | undefined;
  readonly pushgateway: string | undefined;
  readonly outputFile: string | undefined;
  readonly print: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  /** Every word that is none of ours, in order. */
  readonly args: readonly string[];
}

export const exporterUsage =
  "usage: pipegauge exporter <name> [--pushgateway-address HOST:PORT] [--output-filename FILE] [--no-print] [--debug] [--] [its arguments]";

export const exporterFlags: Flags = {
  exporter: { type: "string", value: "NAME", help: "the exporter, where it is not the first word" },
  "pushgateway-address": { type: "string", value: "HOST:PORT", help: "push the metrics to this Pushgateway" },
  "output-filename": { type: "string", value: "FILE", help: "write the metrics to this file" },
  "no-print": { type: "boolean", help: "do not print the metrics" },
  debug: { type: "boolean", help: "tell the exporter to say more, and show where an error came from" },
};

/** Our words may stand anywhere before `--`; the first other word is the name, unless `--exporter NAME` gives it. */
export function readExporterCall(words: readonly string[]): ExporterCall {
  const values = new Map<string, string>();
  const switches = new Set<string>();
  const others: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const [option = "", given] = word.startsWith("--") ? splitOnce(word) : [];
    if (word === "--") {
      others.push(...words.slice(i + 1));
      break;
    }
    if (valued.has(option)) {
      const value = given ?? words[++i];
      if (value !== undefined) values.set(option, value);
    } else if (plain.has(word)) switches.add(word);
    else others.push(word);
  }
  const named = values.get("--exporter") ?? (others[0]?.startsWith("-") === false ? others.shift() : undefined);
  return {
    name: named,
    pushgateway: values.get("--pushgateway-address"),
    outputFile: values.get("--output-filename"),
    print: !switches.has("--no-print"),
    debug: switches.has("--debug"),
    help: switches.has("--help"),
    args: others,
  };
}

const valued: ReadonlySet<string> = new Set(["--exporter", "--pushgateway-address", "--output-filename"]);
const plain: ReadonlySet<string> = new Set(["--no-print", "--debug", "--help"]);

function splitOnce(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
