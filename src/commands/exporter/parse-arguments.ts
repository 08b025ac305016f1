import type { Flags } from "../../config/flags.ts";

/** The arguments of `pipegauge exporter`. Options are not abbreviated: an abbreviation could be the exporter's own option. */
export interface ExporterCall {
  /** `undefined`: none was named. */
  readonly name: string | undefined;
  readonly pushgateway: string | undefined;
  readonly outputFile: string | undefined;
  readonly print: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  /** All other arguments, in order: they are the exporter's. */
  readonly args: readonly string[];
}

export const exporterUsage =
  "usage: pipegauge exporter <name> [--pushgateway-address HOST:PORT] [--output-filename FILE] [--no-print] [--debug] [--] [its arguments]";

export const exporterFlags: Flags = {
  exporter: { type: "string", value: "NAME", help: "the exporter, where it is not the first argument" },
  "pushgateway-address": { type: "string", value: "HOST:PORT", help: "push the metrics to this Pushgateway" },
  "output-filename": { type: "string", value: "FILE", isPath: true, help: "write the metrics to this file" },
  "no-print": { type: "boolean", help: "do not print the metrics" },
  debug: { type: "boolean", help: "make the exporter verbose, and show the stack of an error" },
};

/** Our options may stand anywhere before `--`; the first other argument is the name, unless `--exporter NAME` gives it. */
export function readExporterCall(argv: readonly string[]): ExporterCall {
  const values = new Map<string, string>();
  const switches = new Set<string>();
  const others: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    const [option = "", given] = argument.startsWith("--") ? splitOnce(argument) : [];
    if (argument === "--") {
      others.push(...argv.slice(i + 1));
      break;
    }
    if (valued.has(option)) {
      const value = given ?? argv[++i];
      if (value !== undefined) values.set(option, value);
    } else if (plain.has(argument)) switches.add(argument);
    else others.push(argument);
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

function splitOnce(argument: string): [string, string | undefined] {
  const at = argument.indexOf("=");
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}
