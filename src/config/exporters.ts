import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readMessage } from "../core/errors.ts";

export type ExporterSettings = Readonly<Record<string, string | readonly string[]>>;

/** An exporter as the configuration file describes it. */
export interface ExporterEntry {
  readonly name: string;
  /** A program and its arguments; left out: a module of the folder, or one that comes with Pipegauge. */
  readonly command?: readonly string[];
  /** The name of the built-in exporter, where this entry has another name. */
  readonly builtin?: string;
  /** Where the program puts its metrics; by default in `{file}` where the command names it, else on its stdout. */
  readonly output?: "file" | "stdout";
  /** Which arguments a request may give: none, any, or those of these names. */
  readonly arguments?: boolean | readonly string[];
  /** The `job` label in a Pushgateway; by default a module's own, or the name. */
  readonly jobName?: string;
  /** Passed to a module: texts, or lists of texts. */
  readonly settings?: ExporterSettings;
  readonly timeoutSeconds?: number;
  /** How long a response is cached; by default not at all. */
  readonly cacheSeconds?: number;
}

/** An exporter that can run: a program, or a module, by its path or by the name of a built-in one. */
export interface Exporter extends ExporterEntry {
  readonly program:
    | { readonly command: readonly string[] }
    | { readonly module: string }
    | { readonly builtin: string };
}

/** The exporters that come with Pipegauge. */
export const builtinExporters = ["dummy", "github", "gitlab", "jenkins"] as const;

/** No dot and no slash: a name is never a path. */
export const exporterName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** `GET /metrics/<name>` of these is another page. */
const reserved: ReadonlySet<string> = new Set(["ledger", "server", "targets", "gcpe"]);

export interface ExporterPlaces {
  /** Of the YAML file; paths in it are relative to its folder. */
  readonly configPath: string;
  /** Of the modules. */
  readonly folder: string | undefined;
}

/** The exporters of the file and those of the folder. */
export function buildExporters(
  listed: readonly ExporterEntry[],
  { configPath, folder }: ExporterPlaces,
  faults: string[],
): readonly Exporter[] {
  const modules = folder === undefined ? new Map<string, string>() : listModules(folder, faults);
  const exporters = listed.flatMap((entry, i): Exporter[] => {
    const program = findProgram(entry, modules, dirname(configPath));
    const problem = typeof program === "string" ? program : findProblem(entry, listed.slice(0, i));
    if (problem !== undefined) faults.push(`${configPath}: exporters[${i}]${problem}`);
    return typeof program === "string" || problem !== undefined ? [] : [{ ...entry, program }];
  });
  for (const [name, module] of modules) {
    if (listed.some((entry) => entry.name === name)) continue;
    if (reserved.has(name)) faults.push(`${module}: ${name} is reserved for a page of Pipegauge: rename the exporter`);
    else exporters.push({ name, program: { module } });
  }
  return Object.freeze(exporters);
}

/** Finds the program, or reports why there is none. */
function findProgram(
  { name, command, builtin = name }: ExporterEntry,
  modules: ReadonlyMap<string, string>,
  base: string,
): Exporter["program"] | string {
  if (command !== undefined) {
    const [program = "", ...args] = command;
    // A name without a slash is searched on PATH.
    return { command: [program.includes("/") ? resolve(base, program) : program, ...args] };
  }
  const module = modules.get(builtin);
  if (module !== undefined) return { module };
  if (builtinExporters.some((one) => one === builtin)) return { builtin };
  return `: ${builtin} has no command, is no module of exportersFolder, and none of ${builtinExporters.join(", ")}`;
}

function findProblem(entry: ExporterEntry, earlier: readonly ExporterEntry[]): string | undefined {
  const { name, command = [], output, arguments: allowed } = entry;
  if (reserved.has(name)) return `.name is ${name}, which is reserved for a page of Pipegauge: choose another`;
  if (earlier.some((other) => other.name === name)) return `.name is ${name} a second time: names must differ`;
  if (output === "file" && !command.some((word) => word.includes("{file}")))
    return ".output is file, but no argument of the command contains {file}, the path to write to";
  if (command.includes("{arguments}") && !Array.isArray(allowed))
    return ".command places {arguments} among its own, so arguments must list those that are allowed";
  return undefined;
}

/** Modules of a folder by name: `x/x.js`, or `x.js` (or `.mjs`). A folder of its own wins over a file. */
function listModules(folder: string, faults: string[]): Map<string, string> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.map((entry) => (entry.isDirectory() ? entry.name : entry.name.replace(/\.m?js$/, "")));
    const found = [...new Set(names)].toSorted().map((name) => [name, findModule(folder, name)] as const);
    return new Map(found.flatMap(([name, path]) => (path === undefined ? [] : [[name, path]])));
  } catch (error) {
    faults.push(`exportersFolder ${folder} cannot be read: ${readMessage(error)}`);
    return new Map();
  }
}

function findModule(folder: string, name: string): string | undefined {
  if (!exporterName.test(name)) return undefined;
  const candidates = [join(name, `${name}.js`), join(name, `${name}.mjs`), `${name}.js`, `${name}.mjs`];
  return candidates.map((candidate) => resolve(folder, candidate)).find((path) => existsSync(path));
}

/**
 * The environment that exporters get: the server's own without its settings, most of which are secrets. A token for an
 * exporter is in a variable of another name, or in a file.
 */
export function pickExporterEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const pairs = Object.entries(env).filter(([name]) => !/^((PIPEGAUGE|PRPC)_|PGPASS)/.test(name));
  return Object.fromEntries(pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
