import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as Yaml from "yaml";
import { describeReadError } from "./read-error.ts";
import { checkFile, type CheckedFile } from "./file-schema.ts";

/** Reads the YAML file of `PIPEGAUGE_CONFIG` or `--config`. An empty file is the same as no file. */
export function readConfigFile(path: string): CheckedFile {
  try {
    const { settings, problems } = parse(readFileSync(path, "utf8"));
    return { settings, problems: problems.map((problem) => `${path}: ${problem}`) };
  } catch (error) {
    return { settings: {}, problems: [`${path} ${describeReadError(error)}`] };
  }
}

function parse(text: string): CheckedFile {
  // Loaded here, so that a server without a file does not need the parser in memory.
  const { LineCounter, parseDocument } = createRequire(import.meta.url)("yaml") as typeof Yaml;
  const lines = new LineCounter();
  // Pretty errors quote the line, which may contain a secret.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const problems = [...document.errors, ...document.warnings].map(({ pos, code }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `line ${line}, column ${col}: not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`;
  });
  return problems.length > 0 ? { settings: {}, problems } : checkAliases(document);
}

/** Aliases are resolved last, and the error names them: `*` at the beginning of an unquoted secret makes one of it. */
function checkAliases(document: Yaml.Document): CheckedFile {
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    return {
      settings: {},
      problems: ["it has an alias (*name) without an anchor (&name): quote texts that begin with *"],
    };
  }
  return checkFile(value ?? {});
}
