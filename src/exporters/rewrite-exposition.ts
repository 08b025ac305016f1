import { escapeHelp, escapeLabel } from "../metrics/format.ts";

/** What an exporter wrote, written again cleanly; or the first line that is wrong, and why. */
export type Rewritten =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly line: number; readonly problem: string };

interface Family {
  help: string | undefined;
  type: string | undefined;
  readonly samples: string[];
}

/** What a type may be. OpenMetrics' further types have no place in the text format. */
const types: ReadonlySet<string> = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);
/** Lines between two yields: some milliseconds of work. */
const yieldLines = 1000;
const parts = /_(?:bucket|sum|count)$/;

/**
 * Parses the text format and writes it again: families together, labels escaped, nothing between that a scraper could
 * trip over. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * It yields to the event loop in between: megabytes take more than a second.
 */
export async function rewriteExposition(text: string): Promise<Rewritten> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  const openFamily = (name: string): Family => {
    let family = families.get(name);
    if (family === undefined) families.set(name, (family = { help: undefined, type: undefined, samples: [] }));
    return family;
  };
  for (const [i, line] of text.split("\n").entries()) {
    if (i % yieldLines === yieldLines - 1) await new Promise(setImmediate);
    try {
      const trimmed = line.replace(/\r$/, "").trim();
      if (trimmed.startsWith("#")) readMetadata(trimmed, openFamily);
      else if (trimmed !== "") readSample(trimmed, families, openFamily, seen);
    } catch (error) {
      if (error instanceof ExpositionError) return { ok: false, line: i + 1, problem: error.message };
      throw error;
    }
  }
  return { ok: true, text: [...families].map(([name, family]) => writeFamily(name, family)).join("") };
}

class ExpositionError extends Error {}

function fail(problem: string): never {
  throw new ExpositionError(problem);
}

function writeFamily(name: string, { help, type, samples }: Family): string {
  const lines = [
    ...(help === undefined ? [] : [`# HELP ${name} ${escapeHelp(help, "text")}`]),
    ...(type === undefined ? [] : [`# TYPE ${name} ${type}`]),
    ...samples,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** `# HELP name text` and `# TYPE name type`; any other comment means nothing. */
function readMetadata(line: string, openFamily: (name: string) => Family): void {
  const [, keyword = "", name = "", rest = ""] = /^#\s+(HELP|TYPE)\s+(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
  if (keyword === "") return;
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) fail(`${keyword} of ${JSON.stringify(name)}, which is no metric name`);
  const family = openFamily(name);
  if (keyword === "HELP") {
    if (family.help !== undefined) fail(`a second HELP for ${name}`);
    family.help = rest.replaceAll(/\\(\\|n)/g, (_, escaped: string) => (escaped === "n" ? "\n" : "\\"));
    return;
  }
  const type = rest.trim() === "unknown" ? "untyped" : rest.trim();
  if (!types.has(type)) fail(`${JSON.stringify(rest)} is no type of a metric`);
  if (family.type !== undefined) fail(`a second TYPE for ${name}`);
  if (family.samples.length > 0) fail(`TYPE of ${name} after its samples`);
  family.type = type;
}

function readSample(
  line: string,
  families: ReadonlyMap<string, Family>,
  openFamily: (name: string) => Family,
  seen: Set<string>,
): void {
  const [name] = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line) ?? fail("a metric name is expected");
  const { labels, end } = readLabels(line, name.length);
  const [value = "", timestamp, ...more] = line.slice(end).trim().split(/\s+/);
  if (!isNumber(value)) fail(`${JSON.stringify(value)} is no number`);
  if (timestamp !== undefined && !(/^-?\d+$/.test(timestamp) && Number.isSafeInteger(Number(timestamp))))
    fail(`${JSON.stringify(timestamp)} is no time in milliseconds`);
  if (more.length > 0) fail("something stands after the time");
  const set = [...labels].map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  const identity = `${name}{${set.toSorted().join(",")}}`;
  if (seen.has(identity)) fail(`${identity} stands twice`);
  seen.add(identity);
  const braces = set.length === 0 ? "" : `{${set.join(",")}}`;
  openFamily(findFamilyName(name, families)).samples.push(
    `${name}${braces} ${value}${timestamp === undefined ? "" : ` ${timestamp}`}`,
  );
}

/** As Prometheus reads it, by https://pkg.go.dev/strconv#ParseFloat: NaN has no sign, and what is too large is an error. */
function isNumber(value: string): boolean {
  if (/^(?:[+-]?(?:inf|infinity)|nan)$/i.test(value)) return true;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value) && Number.isFinite(Number(value));
}

/** Buckets, sums and counts belong to the histogram or summary that was declared before them. */
function findFamilyName(sample: string, families: ReadonlyMap<string, Family>): string {
  const base = sample.replace(parts, "");
  const type = base === sample ? undefined : families.get(base)?.type;
  return type === "histogram" || type === "summary" ? base : sample;
}

/** No choice for each character of a value: V8 remembers every choice, and gives up in a value of megabytes. */
const label = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*(,|(?=\}))/y;

function readLabels(line: string, from: number): { labels: Map<string, string>; end: number } {
  const labels = new Map<string, string>();
  const [opening] = /^\s*\{/.exec(line.slice(from)) ?? [];
  if (opening === undefined) {
    if (!/^\s/.test(line.slice(from))) fail("a value is expected after the metric name");
    return { labels, end: from };
  }
  label.lastIndex = from + opening.length;
  for (;;) {
    const at = label.lastIndex;
    const match = label.exec(line);
    if (match === null) {
      const [closing] = /^\s*\}/.exec(line.slice(at)) ?? fail("a label, or the end of the labels, is expected");
      return { labels, end: at + closing.length };
    }
    const [, name = "", value = ""] = match;
    if (labels.has(name)) fail(`label ${name} stands twice`);
    if (name === "__name__") fail("label __name__ is the metric's own name");
    labels.set(name, unescape(value));
  }
}

function unescape(value: string): string {
  return value.replaceAll(/\\(.)/g, (whole, escaped: string) => {
    if (escaped === "n") return "\n";
    return escaped === '"' || escaped === "\\" ? escaped : fail(`${whole} is no escape: only \\\\, \\" and \\n are`);
  });
}
