import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { longFiles } from "./long-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Source text by path from the root of the repository, such as `src/core/merge.ts`. */
export type Sources = ReadonlyMap<string, string>;

export function readSources(folder: string): Sources {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length), readFileSync(path, "utf8")]),
  );
}

const statements = [
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\b(?:import|require|resolve)\(\s*["']([^"']+)["']/g,
];

/** What a file imports, types included: paths from the root for files of ours, names for packages. */
export function listImports(file: string, source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  return statements.flatMap((statement) =>
    [...code.matchAll(statement)].map(([, name = ""]) =>
      name.startsWith(".") ? posix.join(posix.dirname(file), name) : name,
    ),
  );
}

const shared = /^src\/adapters\/[a-z-]+\.ts$/;
const settings = /^src\/(log|version)\.ts$|^src\/config\//;
const text = /^src\/text\//;
const core = /^src\/core\/(?!store\/)/;
const answers = /^src\/answers\//;
/** Reads compute answers where the rows are. */
const reads = /^src\/core\/store\/read\//;

interface Area {
  readonly name: string;
  readonly files: RegExp;
  /** Files of ours that it may import besides its own. */
  readonly may: readonly RegExp[];
}

/** Who may import whom. The first area that a file belongs to counts. */
const areas: readonly Area[] = [
  { name: "core/store", files: /^src\/core\/store\//, may: [core] },
  { name: "core", files: core, may: [] },
  { name: "answers", files: answers, may: [core] },
  {
    name: "the registry of adapters",
    files: /^src\/adapters\/index\.ts$/,
    may: [core, /^src\/adapters\/[a-z]+\/index\.ts$/],
  },
  { name: "what adapters share", files: shared, may: [core] },
  { name: "metrics", files: /^src\/metrics\//, may: [core] },
  {
    name: "http",
    files: /^src\/http\//,
    may: [/^src\/core\//, answers, shared, /^src\/(ingest|metrics|exporters)\//, settings, text],
  },
  { name: "ingest", files: /^src\/ingest\//, may: [core] },
  { name: "text", files: text, may: [core, shared] },
  { name: "settings", files: settings, may: [core, shared, text] },
  { name: "demo", files: /^src\/demo\//, may: [core] },
  { name: "rest", files: /^src\/rest\//, may: [core] },
  { name: "hooks", files: /^src\/hooks\//, may: [core, /^src\/rest\//] },
  { name: "exporters", files: /^src\/exporters\//, may: [core, settings, /^src\/(metrics|rest|sdk)\//] },
  { name: "sdk", files: /^src\/sdk\//, may: [] },
  { name: "commands", files: /^src\/commands\//, may: [/^src\/(?!main\.ts|adapters\/[^/]+\/)/] },
  { name: "main", files: /^src\/main\.ts$/, may: [/^src\//] },
];

/** The area of a file; of an adapter's, its own folder, so that no provider knows another. */
function findArea(file: string): Area | undefined {
  const [, provider] = /^src\/adapters\/([a-z]+)\//.exec(file) ?? [];
  if (provider === undefined) return areas.find(({ files }) => files.test(file));
  const helpers = /^src\/adapters\/(?!index)[a-z-]+\.ts$/;
  return { name: `adapters/${provider}`, files: new RegExp(`^src/adapters/${provider}/`), may: [core, helpers] };
}

/** Where a package may be used. One that is not named here may be used nowhere. */
const packages: Readonly<Record<string, RegExp>> = {
  knex: /^src\/core\/store\//,
  "better-sqlite3": /^src\/core\/store\//,
  pg: /^src\/core\/store\//,
  koa: /^src\/http\//,
  "koa-compress": /^src\/http\//,
  "@koa/router": /^src\/http\//,
  "prom-client": /^src\/(metrics|sdk)\//,
  pino: /^src\/log\.ts$/,
  yaml: /^src\/config\//,
  "d3-scale": /^src\/http\/ui\//,
  ajv: /^src\/(adapters\/schema\.ts$|config\/|http\/)/,
  "@octokit/webhooks": /^src\/adapters\/github\//,
  "fast-xml-parser": /^src\/adapters\/jenkins\//,
  tsx: /^src\/core\/store\/db\/worker-rpc\.ts$/,
};

const pure = /^src\/(adapters\/|answers\/|core\/(?!store\/)|ingest\/|metrics\/|text\/)/;
const pureModules = /^node:(crypto|buffer|util)$/;

/** The files of the store that others may import: its two faces, and the shapes of what is read. */
export const storeFaces: readonly string[] = ["src/core/store/index.ts", "src/core/store/maintenance/index.ts"];

/** The folders of the store from the lowest layer up; a file imports from its own folder and from lower layers. */
const storeLayers: readonly (readonly string[])[] = [["db"], ["legacy", "scrape"], ["record", "read"], ["maintenance"]];

/** The folder of a file of the store, and its layer; the face is above all folders. `undefined`: it is in none of them. */
function findLayer(file: string): { readonly folder: string; readonly layer: number } | undefined {
  const match = /^src\/core\/store\/(?:([a-z]+)\/)?[^/]+$/.exec(file);
  if (match === null) return undefined;
  const [, folder = "face"] = match;
  const layer = [...storeLayers, ["face"]].findIndex((folders) => folders.includes(folder));
  return layer < 0 ? undefined : { folder, layer };
}

function isUpward(file: string, imported: string): boolean {
  const [from, to] = [findLayer(file), findLayer(imported)];
  return from !== undefined && to !== undefined && from.folder !== to.folder && from.layer <= to.layer;
}

function importProblems(file: string, source: string): string[] {
  const area = findArea(file);
  if (area === undefined) return [`${file} belongs to no area of the design`];
  if (area.name === "core/store" && findLayer(file) === undefined) return [`${file} belongs to no folder of the store`];
  return listImports(file, source).flatMap((imported) => {
    if (imported.startsWith("src/")) {
      const isHidden = imported.startsWith("src/core/store/") && !storeFaces.includes(imported);
      const isOwn = area.files.test(imported) && !isUpward(file, imported);
      const isAnswer = answers.test(imported) && reads.test(file);
      const allowed = isOwn || isAnswer || (!isHidden && area.may.some((pattern) => pattern.test(imported)));
      return allowed ? [] : [`${file} (${area.name}) must not import ${imported}`];
    }
    if (imported.startsWith("node:")) {
      const allowed = !pure.test(file) || pureModules.test(imported);
      return allowed ? [] : [`${file} must be pure and must not import ${imported}`];
    }
    const name = imported
      .split("/")
      .slice(0, imported.startsWith("@") ? 2 : 1)
      .join("/");
    return packages[name]?.test(file) === true ? [] : [`${file} must not import ${name}`];
  });
}

/** What no file may say, but for those that `except` names. */
const forbidden: readonly {
  readonly what: string;
  readonly pattern: RegExp;
  readonly except?: RegExp;
  readonly only?: RegExp;
}[] = [
  {
    what: "reads process.env",
    pattern: /\bprocess\s*(\.\s*env\b|\[["']env)|\benv\b[^;]*\}\s*=\s*process\b/,
    except: /^src\/(config\/|main\.ts$)/,
  },
  { what: "has a default export", pattern: /^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/m },
  {
    what: "has a clock or chance of its own",
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(/,
    only: /^src\/(adapters|answers|core\/(?!store\/)|ingest|text)/,
  },
  {
    what: "deletes totals",
    pattern: /\bdelete\s+from\s+rollups\b|\btruncate\b|\(["'`]rollups["'`]\)[^;]*\.(del|delete|truncate)\(/i,
    except: /^src\/core\/store\/maintenance\/retire\.ts$/,
  },
  { what: "has a network of its own", pattern: /\bfetch\(/, only: /^src\/(adapters|core|metrics)\// },
];

/** Files that import each other in a circle, types included: each circle once, as the path through it. */
function importCycles(sources: Sources): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    const from = path.indexOf(file);
    if (from >= 0) cycles.push(`import cycle: ${[...path.slice(from), file].join(" → ")}`);
    if (from >= 0 || finished.has(file)) return;
    const imported = listImports(file, sources.get(file) ?? "");
    for (const next of imported) if (sources.has(next)) visit(next, [...path, file]);
    finished.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return cycles;
}

/** Everything about these files that the design does not allow, in words. */
export function violations(sources: Sources): string[] {
  const problems = [...longFiles(sources), ...importCycles(sources)];
  for (const [file, source] of sources) {
    problems.push(...importProblems(file, source));
    for (const { what, pattern, except, only } of forbidden) {
      if (except?.test(file) === true || only?.test(file) === false) continue;
      if (pattern.test(source)) problems.push(`${file} ${what}`);
    }
  }
  const client = [...sources].filter(
    ([file, source]) => !file.startsWith("src/sdk/") && listImports(file, source).includes("prom-client"),
  );
  if (client.length > 1) problems.push(`prom-client is in ${client.map(([file]) => file).join(" and ")}`);
  return problems;
}
