import { checkClashes, checkFamily, fail, type ExpositionFormat, type Family, type Sample } from "./rules.ts";

interface Cursor {
  readonly line: string;
  at: number;
}

interface OpenFamily {
  name: string;
  metadata: Map<string, string>;
  samples: Sample[];
}

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const number = /[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[iI]nf(?:inity)?)|[nN]a[nN]/y;

/**
 * A parser of the two text formats, written by their specifications and not by our serializer: whatever is off is an
 * error. Stricter than a scraper where the formats leave room: one blank between tokens, no timestamps on samples, no
 * control characters, every family typed, histograms complete.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 * Returns the families by name; throws an error that names the line.
 */
export function parseExposition(text: string, format: ExpositionFormat): Map<string, Family> {
  const families = new Map<string, Family>();
  let open: OpenFamily | undefined;
  const close = () => {
    if (open === undefined) return;
    const { name, metadata, samples } = open;
    const family = {
      name,
      type: metadata.get("TYPE") ?? fail(`no TYPE for ${name}`),
      help: metadata.get("HELP"),
      samples,
    };
    if (families.has(name)) fail(`family ${name} appears twice`);
    checkFamily(family, format);
    families.set(name, family);
  };
  for (const [index, line] of splitLines(text, format).entries()) {
    try {
      if (line.startsWith("#")) {
        const { keyword, name, value } = metadataLine(line, format);
        if (open?.name !== name) {
          close();
          open = { name, metadata: new Map(), samples: [] };
        }
        if (open.samples.length > 0) fail(`${keyword} of ${name} after its samples`);
        if (open.metadata.has(keyword)) fail(`second ${keyword} of ${name}`);
        open.metadata.set(keyword, value);
      } else {
        const sample = sampleLine(line, format);
        if (open === undefined) fail(`${sample.name} without a family`);
        open.samples.push(sample);
      }
    } catch (error) {
      throw new Error(`line ${index + 1}: ${String(error)}: ${line.slice(0, 300)}`, { cause: error });
    }
  }
  close();
  checkClashes([...families.values()], format);
  return families;
}

function splitLines(text: string, format: ExpositionFormat): string[] {
  if (!text.isWellFormed()) fail("not valid Unicode");
  const control = /[^\n -\uffff]/.exec(text);
  if (control !== null) fail(`control character ${JSON.stringify(control[0])}`);
  if (text.startsWith("\ufeff")) fail("byte order mark");
  const end = format === "openmetrics" ? "# EOF\n" : "";
  if (!text.endsWith(end)) fail("no # EOF at the end");
  const body = text.slice(0, text.length - end.length);
  if (body === "") return [];
  if (!body.endsWith("\n")) fail("the last line does not end");
  return body.slice(0, -1).split("\n");
}

function metadataLine(line: string, format: ExpositionFormat): { keyword: string; name: string; value: string } {
  const cursor = { line, at: 0 };
  const keyword = /# (HELP|TYPE|UNIT) /y.exec(line)?.[1] ?? fail("a comment that is no metadata");
  cursor.at = `# ${keyword} `.length;
  const name = take(cursor, metricName, "a metric name");
  if (cursor.at < line.length) expectText(cursor, " ");
  const rest = line.slice(cursor.at);
  if (keyword === "HELP") return { keyword, name, value: helpText(rest, format) };
  if (keyword === "UNIT") {
    if (format === "text") fail("UNIT in the text format");
    if (!name.endsWith(`_${rest}`)) fail(`unit ${rest} is no suffix of ${name}`);
  } else if (!["counter", "gauge", "histogram", "summary", format === "text" ? "untyped" : "unknown"].includes(rest)) {
    fail(`type ${rest}`);
  }
  return { keyword, name, value: rest };
}

function helpText(escaped: string, format: ExpositionFormat): string {
  if (format === "text") return unescaped(escaped, /\\[\\n]|[^\\]/gy);
  return unescaped(escaped, /\\[\\n"]|[^\\"]/gy);
}

/** `token` matches one escaped or plain character; a text that it does not cover is badly escaped. */
function unescaped(escaped: string, token: RegExp): string {
  if (!/["\\]/.test(escaped)) return escaped;
  const tokens = escaped.match(token) ?? [];
  if (tokens.join("") !== escaped) fail("bad escape");
  return tokens.map((t) => (t === "\\n" ? "\n" : t.length === 2 && t.startsWith("\\") ? t.slice(1) : t)).join("");
}

function sampleLine(line: string, format: ExpositionFormat): Sample {
  const cursor = { line, at: 0 };
  const name = take(cursor, metricName, "a metric name");
  const labels = line[cursor.at] === "{" ? labelSet(cursor) : new Map<string, string>();
  expectText(cursor, " ");
  const value = numberAt(cursor);
  if (cursor.at === line.length) return { name, labels, value, exemplar: undefined };
  if (format === "text") fail("something after the value");
  expectText(cursor, " # ");
  const exemplarLabels = labelSet(cursor);
  expectText(cursor, " ");
  const exemplarValue = numberAt(cursor);
  let timestamp: number | undefined;
  if (cursor.at < line.length) {
    expectText(cursor, " ");
    timestamp = numberAt(cursor);
    if (!Number.isFinite(timestamp)) fail("timestamp is no real number");
  }
  if (cursor.at < line.length) fail("something after the exemplar");
  return { name, labels, value, exemplar: { labels: exemplarLabels, value: exemplarValue, timestamp } };
}

function labelSet(cursor: Cursor): Map<string, string> {
  const labels = new Map<string, string>();
  expectText(cursor, "{");
  while (cursor.line[cursor.at] !== "}") {
    if (labels.size > 0) expectText(cursor, ",");
    const name = take(cursor, labelName, "a label name");
    if (name.startsWith("__")) fail(`reserved label ${name}`);
    if (labels.has(name)) fail(`label ${name} twice`);
    expectText(cursor, '="');
    const raw = take(cursor, /[^"\\]*(?:\\.[^"\\]*)*/y, "a label value");
    expectText(cursor, '"');
    labels.set(name, unescaped(raw, /\\[\\n"]|[^\\"]/gy));
  }
  expectText(cursor, "}");
  return labels;
}

function numberAt(cursor: Cursor): number {
  const token = take(cursor, number, "a number");
  const infinite = /^([+-]?)inf/i.exec(token);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  return Number(token);
}

function take(cursor: Cursor, pattern: RegExp, what: string): string {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.line)?.[0] ?? fail(`${what} expected at ${cursor.at}`);
  cursor.at += found.length;
  return found;
}

function expectText(cursor: Cursor, text: string): void {
  if (!cursor.line.startsWith(text, cursor.at)) fail(`${JSON.stringify(text)} expected at ${cursor.at}`);
  cursor.at += text.length;
}
