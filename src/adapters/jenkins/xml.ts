import { XMLParser } from "fast-xml-parser";

import { fail, succeed, type Result } from "../../core/result.ts";

/** Without its log a notification is some kilobytes; what it has at most is one line an artifact or failed test. */
const sizeMax = 1024 * 1024;
/** job/build/artifacts/entry/map/entry/string is the deepest that the plugin writes. */
const depthMax = 16;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  maxNestedTags: depthMax,
  isArray: (name) => name === "entry" || name === "string",
});

/**
 * The plugin's XML (XStream) as the objects that its JSON would be, with the names it has in XML: maps are lists of
 * `entry`, lists are lists of `string`, and every number is text until the field says otherwise. A document type is
 * refused before anything is parsed, so no entity but XML's own five is ever expanded. Never throws.
 */
export function decodeXml(text: string): Result<unknown> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return fail("body is XML with a document type");
  if (text.length > sizeMax) return fail(`body is XML of more than ${sizeMax} characters`);
  try {
    const root: unknown = parser.parse(text, true);
    return succeed(objectOf(objectOf(root)["job"], toJob));
  } catch (error) {
    return fail(`body is not valid XML: ${String(error).slice(0, 200)}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function toJob(name: string, value: unknown): unknown {
  return name === "build" ? objectOf(value, toBuild) : value;
}

function toBuild(name: string, value: unknown): unknown {
  if (["number", "queueId", "timestamp", "duration"].includes(name)) return numberOf(value);
  if (name === "parameters") return mapOf(value);
  if (name === "testSummary") return objectOf(value, toTests);
  // An empty element has no fields: it is the text "".
  return name === "scm" ? objectOf(value) : value;
}

function toTests(name: string, value: unknown): unknown {
  return name === "failedTests" ? listOf(objectOf(value)["string"]) : numberOf(value);
}

function objectOf(value: unknown, convert = (_name: string, field: unknown) => field): Fields {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, convert(name, field)]));
}

/** What is no number stays as it is, for the schema to name. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : value;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function mapOf(value: unknown): Fields {
  const pairs = listOf(objectOf(value)["entry"]).map((entry) => listOf(objectOf(entry)["string"]));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2).map(([key, field]) => [String(key), field]));
}
